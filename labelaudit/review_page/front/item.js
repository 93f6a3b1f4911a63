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
    near: "suggested",
  };
  const sides = [{ ...given, near: "given" }, other];
  if (!blind) return sides;
  const mixed = [...item.fingerprint].reduce((sum, c) => sum + c.charCodeAt(0), 0);
  other.label ??= standIn(item.given_label, mixed);
  const [first, second] = mixed % 2 ? sides.reverse() : sides;
  return [{ ...first, name: "First", prob: undefined }, { ...second, name: "Second", prob: undefined }];
}

/** Blind, a label alone could only be the given one: any other class stands beside it. */
function standIn(given, mixed) {
  const others = data.classes.filter((name) => name !== given);
  return others[(mixed >> 1) % others.length] ?? null;
}

/** Whether a decision takes one of the two labels. */
function isSide(item, word, label) {
  return ["given", "suggested"].includes(word) || sidesOf(item, data.blind).some((side) => label !== null && side.label === label);
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
    button.append(el("span", { class: "prob" }, inWords(side.prob)));
    const bar = el("span", { class: "likelihood", "aria-hidden": "true" }, el("span"));
    bar.firstChild.style.width = `${100 * (side.prob ?? 0)}%`;
    button.append(bar);
  }
  button.disabled = side.label === null;
  return button;
}

function actionButton([key, word, name], item) {
  const { decision, label } = item.decision ?? {};
  const chosen = decision === word && !(word === "other" && isSide(item, word, label));
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

function nearOf(item, side) {
  return (item.neighbors[side.near] ?? []).filter((near) => near.label === side.label);
}

function placeOf(item) {
  const where = `${visible(item.file)}, ${item.line === null ? `row ${item.row}` : `line ${item.line}`}`;
  return [where, item.split === null ? null : `split ${visible(item.split)}`].filter(Boolean).join(", ");
}

function decidedText(item, blind) {
  if (item.decision === null) return "";
  const { decision, label } = item.decision;
  return `You ${blind ? "chose" : "decided"}: ${decisionText(item, blind)}.`;
}

/** Blind a label is named without the word, which would tell whose it is. */
function decisionText(item, blind) {
  const { decision, label } = item.decision;
  const named = decision === "given" && blind ? item.given_label : (label ?? (decision === "suggested" ? item.suggested_label : null));
  if (named === null) return decision;
  return blind ? labelText(named) : `${decision} (${labelText(named)})`;
}

/** What another window of this reviewer has decided meanwhile. */
function elsewhereText(item) {
  if (item.decision === null) return "In another window you took your decision on this back.";
  const at = new Date(item.decision.decided_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return `You decided this at ${at} in another window: ${decisionText(item, data.blind)}.`;
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
  byId("neighbors").replaceChildren(...groups.map((side) => neighborGroup(side, nearOf(item, side))));
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
  if (drafts.of(item)) told.push("(goes with the decision, not kept yet)");
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
