// What stands above the item: things to know, and things that may be done now.

const FEW = 0.1;

/** Hints are made anew only when they change: one of their buttons may have the focus. */
function showHints() {
  const hints = [noticeHint(), elsewhereHint(), stopHint(), batchHint(), filterHint(), draftHint(), storeHint()].filter(Boolean);
  const before = [...byId("hints").children].map((hint) => hint.textContent);
  if (JSON.stringify(before) === JSON.stringify(hints.map((hint) => hint.textContent))) return;
  byId("hints").replaceChildren(...hints);
}

/** Say what was done where the item stays. */
function notice(text) {
  state.notice = text;
  byId("live").textContent = text;
  showHints();
}

function hint(text, ...nodes) {
  return el("p", { class: "hint" }, text, ...nodes);
}

function stopHint() {
  const { last_50: decided, last_50_errors: errors } = state.progress;
  if (decided < WINDOW || errors > FEW * WINDOW) return null;
  if (data.blind) return hint(`You could stop here: the last ${WINDOW} decisions found few errors.`);
  return hint(`You could stop here: ${errors} of the last ${WINDOW} decisions found an error.`);
}

function noticeHint() {
  return state.notice ? hint(state.notice) : null;
}

function elsewhereHint() {
  const item = current();
  return item?.elsewhere ? hint(elsewhereText(item)) : null;
}

/** Drafts of other items: nobody shall believe that they are kept as decisions are. */
function draftHint() {
  const shown = current()?.fingerprint;
  const n = [...drafts.waiting.keys()].filter((fingerprint) => fingerprint !== shown).length;
  return n ? hint(`${count(n, "item")} with a note or a reason but no decision: they are kept with a decision only.`) : null;
}

function filterHint() {
  const { pair, rule, split, undecided } = state.filter;
  const parts = [pair && pairText(pair), rule, split && `split ${visible(split)}`, !undecided && "decided items too"];
  const shown = parts.filter(Boolean).join(", ");
  if (!shown) return null;
  const clear = el("button", { type: "button", id: "clear-filter" }, "Clear");
  clear.addEventListener("click", whenFree(() => setFilter(UNDECIDED)));
  return hint(`Shown: ${shown}. `, clear);
}

function storeHint() {
  return store.keeps ? null : hint("This browser keeps no more decisions: download them before you close the page.");
}
