// One item as people see it.

const ACTIONS = [
  ["3", "both", "Both"],
  ["4", "neither", "Neither"],
  ["5", "other", "Other…"],
  [" ", "skip", "Skip"],
];

/** The two labels in the order they are shown; blind, the order tells nothing and is the same every time. */
function sidesOf(item, blind) {
  const rival = item.suggested_label ?? (item.runner_up_label === item.given_label ? null : item.runner_up_label);
  const given = { word: "given", name: "Given", label: item.given_label, prob: item.given_prob };
  const other = {
    word: item.suggested_label === null ? "other" : "suggested",
    name: item.suggested_label === null ? "Runner-up" : "Suggested",
    label: rival,
    prob: item.suggested_label === null ? null : item.suggested_prob,
    most: item.suggested_label === null ? null : item.suggested_at_most,
    near: "suggested",
  };
  const sides = [{ ...given, near: "given" }, other];
  if (!blind) return sides;
  const odd = [...item.fingerprint].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 2;
  const [first, second] = odd ? sides.reverse() : sides;
  return [{ ...first, name: "First", prob: undefined }, { ...second, name: "Second", prob: undefined }];
}

function choice(side, key, item) {
  const chosen = item.decision?.decision === side.word && (side.word !== "other" || item.decision.label === side.label);
  const button = el(
    "button",
    { type: "button", class: "choice", id: `choice-${key}`, "aria-keyshortcuts": key, "aria-pressed": String(chosen) },
    el("span", { class: "role" }, el("kbd", {}, key), ` ${side.name}`),
    side.label === null ? el("span", { class: "label none" }, "no suggestion") : labelNode(side.label),
  );
  if (side.prob !== undefined && side.label !== null) {
    const limit = side.prob === null && typeof side.most === "number" ? side.most : null;
    button.append(el("span", { class: "prob" }, limit === null ? inWords(side.prob) : `at most ${percent(limit)}`));
    const bar = el("span", { class: "likelihood", "aria-hidden": "true" }, el("span"));
    bar.firstChild.style.width = `${100 * (side.prob ?? limit ?? 0)}%`;
    button.append(bar);
  }
  button.disabled = side.label === null;
  return button;
}

function actionButton([key, word, name], item) {
  const chosen = item.decision?.decision === word;
  return el(
    "button",
    { type: "button", id: `do-${word}`, "aria-keyshortcuts": key === " " ? "Space" : key, "aria-pressed": String(chosen) },
    el("kbd", {}, key === " " ? "space" : key),
    ` ${name}`,
  );
}

function neighborGroup(side, neighbors) {
  const heading = el("h3", {}, "Nearest with ", labelNode(side.label));
  if (!neighbors.length) return el("div", {}, heading, el("p", { class: "preview-note" }, "none among the nearest"));
  const items = neighbors.map((near) =>
    el(
      "li",
      {},
      ...previewNodes(near.preview, `Item ${visible(near.id)}, ${labelText(near.label)}`, true),
      el("bdi", { class: "near-id", title: labelText(near.id) }, labelText(near.id)),
    ),
  );
  return el("div", {}, heading, el("ol", {}, ...items));
}

function placeOf(item) {
  const where = `${visible(item.file)}, ${item.line === null ? `row ${item.row}` : `line ${item.line}`}`;
  return [where, item.split === null ? null : `split ${visible(item.split)}`].filter(Boolean).join(", ");
}

function decidedText(item, blind) {
  if (item.decision === null) return "";
  const { decision, label } = item.decision;
  if (blind && ["given", "suggested"].includes(decision)) {
    return `You chose ${labelText(decision === "given" ? item.given_label : (label ?? item.suggested_label))}.`;
  }
  return `You decided: ${decision}${label === null || label === undefined ? "" : ` (${labelText(label)})`}.`;
}

function renderItem(item, data, draft) {
  const sides = sidesOf(item, data.blind);
  const title = `Item ${labelText(item.id)}`;
  for (const [id, text] of [["item-title", title], ["item-place", placeOf(item)]]) {
    byId(id).textContent = text;
    byId(id).title = text; // where it is cut
  }
  showPreview(item.preview, title);
  byId("labels").replaceChildren(...sides.map((side, i) => choice(side, String(i + 1), item)));
  byId("actions").replaceChildren(...ACTIONS.map((action) => actionButton(action, item)));
  byId("do-both").disabled = sides.some((side) => side.label === null);
  byId("because").textContent = data.blind ? "Blind: which label is given is not shown." : visible(item.reason);
  const groups = sides.filter((side) => side.label !== null);
  byId("neighbors").hidden = !Object.values(item.neighbors).some((near) => near.length);
  byId("neighbors").replaceChildren(...groups.map((side) => neighborGroup(side, item.neighbors[side.near] ?? [])));
  renderRemarks(item, data, draft);
}

/** What is longer than its place can be scrolled by keyboard. */
function showPreview(preview, title) {
  const place = byId("preview");
  place.className = preview.kind;
  place.replaceChildren(...previewNodes(preview, title));
  place.scrollTop = 0;
  place.toggleAttribute("tabindex", false);
  if (place.scrollHeight > place.clientHeight) place.tabIndex = 0;
}

function renderRemarks(item, data, draft) {
  const told = [decidedText(item, data.blind)];
  if (draft.reason) told.push(`Reason: ${words(draft.reason)}.`);
  if (draft.note) told.push(`Note: ${visible(draft.note)}`);
  byId("remarked").textContent = told.filter(Boolean).join(" ");
}

function words(reason) {
  return visible(reason).replace(/[-_]/g, " ");
}

/** What is said when an item comes up. */
function spoken(item, data) {
  const labels = sidesOf(item, data.blind).filter((side) => side.label !== null);
  const named = labels.map((side, i) => `${i + 1} ${side.name}: ${labelText(side.label)}`);
  return `Item ${labelText(item.id)}. ${named.join(". ")}.`;
}
