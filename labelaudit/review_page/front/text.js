"use strict";
// Whatever comes from a dataset becomes a text node or a checked address, never markup.

const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const LONG = 40; // letters of a label that is written smaller, so that its end is seen too

function byId(id) {
  return document.getElementById(id);
}

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A text with its control and direction characters written out, so that it cannot pose as another. */
function visible(text) {
  return String(text).replace(HIDDEN, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** A label on one line; an empty one is still seen. */
function labelText(label) {
  const text = visible(label).replace(/[\n\r\t]/g, " ");
  return text.trim() === "" ? "(blank)" : text;
}

function labelNode(label) {
  return el("bdi", { class: label.length > LONG ? "label long" : "label", title: label.length > 24 ? labelText(label) : null }, labelText(label));
}

function percent(share) {
  const points = share * 100;
  if (points > 0 && points < 0.1) return "under 0.1 %";
  if (points < 100 && points > 99.9) return "over 99.9 %";
  return `${Number.isInteger(points) || (points >= 10 && points <= 99) ? Math.round(points) : points.toFixed(1)} %`;
}

function inWords(probability) {
  if (probability === null || probability === undefined) return "no probability";
  const steps = [[0.05, "very unlikely"], [0.2, "unlikely"], [0.4, "possible"], [0.6, "about even"], [0.9, "likely"]];
  const [, words] = steps.find(([end]) => probability < end) ?? [1, "very likely"];
  return `${words}, ${percent(probability)}`;
}

function count(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** An address that a picture or a sound may be loaded from: inside the page, or the server it came from. */
function ownAddress(named, kind) {
  const src = Object.hasOwn(data.media ?? {}, named) ? data.media[named] : named;
  if (src.startsWith("data:")) return src.startsWith(`data:${kind}/`) ? src : null;
  const address = new URL(src, document.baseURI);
  return location.protocol !== "file:" && address.origin === location.origin ? address.href : null;
}

/** An address that a person may follow. */
function webAddress(src) {
  try {
    const address = new URL(src);
    return ["http:", "https:"].includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}
