// What an item or a neighbour shows: a picture, a sound, a text, a link, or the columns of its row.

const TINY = 96;

function previewNodes(preview, alt, small = false) {
  if (preview === null) return [];
  const nodes = [];
  const src = preview.src ?? null;
  if (preview.kind === "image" && src !== null) nodes.push(picture(src, alt));
  if (preview.kind === "audio" && src !== null) nodes.push(sound(src, alt, small));
  if (preview.kind === "link" && src !== null) nodes.push(link(src));
  if (preview.text) nodes.push(el("p", { class: "text", dir: "auto" }, visible(preview.text)));
  const columns = Object.entries(preview.columns ?? {});
  if (columns.length) nodes.push(columnList(small ? columns.slice(0, 3) : columns));
  if (preview.note && (!small || !nodes.length)) nodes.push(el("p", { class: "preview-note" }, visible(preview.note)));
  if (!small && preview.link && preview.kind !== "link") nodes.push(link(preview.link));
  if (!nodes.length && !small) nodes.push(el("p", { class: "preview-note" }, "nothing to show"));
  return nodes;
}

function picture(src, alt) {
  const address = ownAddress(src, "image");
  if (address === null) return el("p", { class: "preview-note" }, "the picture lies elsewhere and is not loaded");
  const image = el("img", { alt, decoding: "sync" });
  image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth < TINY));
  image.addEventListener("error", () =>
    image.replaceWith(el("p", { class: "preview-note" }, "the picture cannot be shown")),
  );
  image.src = address;
  return image;
}

function sound(src, name, small) {
  const address = ownAddress(src, "audio");
  if (address === null) return el("p", { class: "preview-note" }, "the sound lies elsewhere and is not loaded");
  return el("audio", { controls: true, preload: small ? "none" : "metadata", src: address, "aria-label": name });
}

function link(src) {
  const address = webAddress(src);
  if (address === null) return el("p", { class: "preview-note" }, visible(src));
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, visible(address));
}

function columnList(columns) {
  const pairs = columns.flatMap(([name, value]) => [
    el("dt", {}, visible(name)),
    el("dd", { dir: "auto" }, value === null ? "–" : visible(value)),
  ]);
  return el("dl", {}, ...pairs);
}
