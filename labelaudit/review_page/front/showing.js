// What stands on the screen: the item or the end of the list, the progress, and what went wrong.

function show(said = "", noted = "") {
  const item = current();
  state.notice = noted;
  byId("done").hidden = item !== null;
  document.querySelector("main").hidden = item === null;
  byId("undo").disabled = !state.history.length;
  if (item === null) return showDone(said);
  state.draft = remarksOn(item);
  renderItem(item, data, state.draft);
  byId("previous").disabled = state.index === 0;
  byId("item-title").focus({ preventScroll: true });
  window.scrollTo(0, 0);
  byId("live").textContent = `${said} ${spoken(item, data)}`.trim();
  showHints();
  keepAhead();
  setTimeout(prefetch, 0);
}

/** What waits, else what is kept; a batch's note goes once somebody looks at the item. */
function remarksOn(item) {
  const { reason, note } = drafts.of(item) ?? item.decision ?? NO_REMARKS;
  return { reason, note: note === data.batch_note ? null : note };
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

/** The reviewer has decided in another window; the item shown here stays, for a key may be under way. */
async function decidedElsewhere(item, decision) {
  if (item !== undefined) Object.assign(item, { decision, elsewhere: true });
  if (item !== undefined && item === current()) {
    renderItem(item, data, state.draft);
    showHints();
    byId("live").textContent = elsewhereText(item);
  }
  await refresh().catch(() => {}); // the next decision brings it
}

// ---- trouble ----

/** Say what went wrong; it stays until it is tried again with success, or given up. */
function fail(what, error, again, giveUp = null) {
  const retries = document.activeElement?.id === "retry" || document.activeElement === document.body;
  const choices = [!(error instanceof ShutOut) && ["Try again", again, "retry"], giveUp && ["Give it up", giveUp, "give-up"]].filter(Boolean);
  const made = choices.map(([name, act, id]) => {
    const button = el("button", { type: "button", id }, name);
    button.addEventListener("click", whenFree(act));
    return button;
  });
  byId("alert").replaceChildren(el("p", {}, `${what}: ${visible(error.message)} `, ...made));
  if (retries) byId("alert").querySelector("button")?.focus();
}

function noTrouble() {
  byId("alert").replaceChildren();
}
