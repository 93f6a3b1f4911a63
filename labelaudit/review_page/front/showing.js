// What stands on the screen: the item, the end of the list, hints, and what went wrong.

const FEW = 0.1;

function show(said = "") {
  const item = current();
  byId("done").hidden = item !== null;
  document.querySelector("main").hidden = item === null;
  byId("undo").disabled = !state.history.length;
  if (item === null) return showDone(said);
  const note = item.decision?.note ?? null;  // of a batch it goes once somebody looks at the item
  state.draft = { reason: item.decision?.reason ?? null, note: note === data.batch_note ? null : note };
  renderItem(item, data, state.draft);
  byId("previous").disabled = state.index === 0;
  byId("item-title").focus({ preventScroll: true });
  window.scrollTo(0, 0);
  byId("live").textContent = `${said} ${spoken(item, data)}`.trim();
  showHints();
  keepAhead();
  setTimeout(prefetch, 0);
}

function showDone(said) {
  const { pair, rule, split } = state.filter;
  const filtered = pair !== null || rule !== null || split !== null;
  const passed = state.items.filter((item) => item.decision === null).length;
  const offers = [];
  if (passed) offers.push(["Go to the undecided", () => setFilter({ ...state.filter, undecided: true }), true]);
  else if (data.mode === "static" && !filtered) offers.push(["Download", download, true]);
  if (filtered) offers.push(["Show what is undecided", () => setFilter(UNDECIDED)]);
  offers.push(["Show all items", () => setFilter(EVERYTHING)]);
  byId("done-title").textContent = endText(filtered, passed);
  byId("done-text").textContent = keptText(passed);
  byId("done-actions").replaceChildren(...(state.broken ? [] : [buttons(...offers)]));
  byId("done-title").focus();
  byId("live").textContent = `${said} ${byId("done-title").textContent}`.trim();
  showHints();
}

function endText(filtered, passed) {
  if (state.broken) return "The next items did not come";
  if (passed) return "The end of the list";
  return filtered ? "Nothing left in this filter" : "Every item is decided";
}

function keptText(passed) {
  if (passed) return `${count(passed, "item")} passed over without a decision.`;
  return data.mode === "static" ? "Download the decisions to hand them on." : "Every decision is on the disk.";
}

function told(progress) {
  state.progress = progress;
  showProgress(progress);
  showStanding(data.blind ? {} : progress.by_rule, ruleNames);
  showHints();
}

/** Ask for the progress; an answer that a decision has overtaken is old. */
async function refresh() {
  const before = state.turns;
  const progress = await store.progress();
  if (state.turns === before) told(progress);
}

// ---- hints ----

/** Hints are made anew only when they change: one of their buttons may have the focus. */
function showHints() {
  const hints = [stopHint(), batchHint(), filterHint(), storeHint()].filter(Boolean);
  const before = [...byId("hints").children].map((hint) => hint.textContent);
  if (JSON.stringify(before) === JSON.stringify(hints.map((hint) => hint.textContent))) return;
  byId("hints").replaceChildren(...hints);
}

function hint(text, ...nodes) {
  return el("p", { class: "hint" }, text, ...nodes);
}

function stopHint() {
  const { last_50: decided, last_50_errors: errors } = state.progress;
  if (decided < WINDOW || errors > FEW * WINDOW) return null;
  return hint(`You could stop here: ${errors} of the last ${WINDOW} decisions found an error.`);
}

function batchHint() {
  const pair = offeredPair();
  if (pair === null) return null;
  const accept = el("button", { type: "button", id: "batch", "aria-keyshortcuts": "b" }, "Accept the rest… ", el("kbd", {}, "b"));
  accept.addEventListener("click", whenFree(acceptBatch));
  return hint(`${state.singles.get(pair)} decided one by one in ${pairText(pair)}. `, accept);
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

// ---- trouble ----

/** Say what went wrong; it stays until it is tried again with success, or given up. */
function fail(what, error, again, giveUp = null) {
  const retries = document.activeElement?.id === "retry" || document.activeElement === document.body;
  const choices = [["Try again", again, "retry"], giveUp && ["Give it up", giveUp, "give-up"]].filter(Boolean);
  const made = choices.map(([name, act, id]) => {
    const button = el("button", { type: "button", id }, name);
    button.addEventListener("click", whenFree(act));
    return button;
  });
  byId("alert").replaceChildren(el("p", {}, `${what}: ${visible(error.message)} `, ...made));
  if (retries) byId("retry").focus();
}

function noTrouble() {
  byId("alert").replaceChildren();
}
