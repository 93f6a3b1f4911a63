// The rest of a confused pair at once, where the reviewer took nearly every suggestion of it so far.

const BATCH_TAKEN = 9;

/** Rows of a sample and controls measure: each is looked at. That a control is one must not show, though. */
function offeredPair() {
  const item = current();
  const pair = item !== null && item.queue !== "sample" && !data.blind ? pairOf(item) : null;
  return pair !== null && (state.progress.by_pair[pair] ?? 0) >= BATCH_TAKEN ? pair : null;
}

function batchHint() {
  const pair = offeredPair();
  if (pair === null) return null;
  const accept = el("button", { type: "button", id: "batch", "aria-keyshortcuts": "b" }, "Accept the rest… ", el("kbd", {}, "b"));
  accept.addEventListener("click", whenFree(acceptBatch));
  return hint(`${pairText(pair)}: ${state.progress.by_pair[pair]} of the last ${OF_PAIR} took the suggestion. `, accept);
}

async function acceptBatch() {
  const pair = offeredPair();
  if (pair === null || !mayMove()) return;
  try {
    const found = await loadAll({ ...state.filter, pair, undecided: true });
    const undecided = found.filter((item) => item.queue === "ranked" && !drafts.of(item)); // a note waits for a look
    if (!undecided.length || !(await askBatch(pair, undecided.length))) return;
    await acceptAll(undecided, []);
  } catch (error) {
    fail("The batch did not start", error, acceptBatch, noTrouble);
  }
}

/** Accept items; meanwhile it is said how far this has come. */
async function acceptAll(undecided, accepted) {
  try {
    await acceptEach(undecided, accepted);
  } finally {
    state.batch = "";
  }
}

/** One by one; together they are one step of the history. */
async function acceptEach(undecided, accepted) {
  const all = undecided.length + accepted.length;
  for (const [i, found] of undecided.entries()) {
    state.batch = `The batch is being written, ${accepted.length.toLocaleString("en")} of ${all.toLocaleString("en")}.`;
    if (i % 25 === 0) notice(state.batch);
    const item = state.items.find((known) => known.fingerprint === found.fingerprint) ?? found;
    const asked = body(item, "suggested", item.suggested_label, { reason: null, note: data.batch_note });
    const rest = undecided.slice(i);
    const progress = await keep(item, asked, `${count(rest.length, "item")} of the batch not saved`, () => acceptAll(rest, accepted));
    if (progress === null && item.elsewhere) continue;
    if (progress === null) return;
    if (accepted.push(item) === 1) state.history.push(accepted);
    if (i % 25 === 24 || i === undecided.length - 1) told(progress);
  }
  store.remember(state.history);
  const said = `${count(accepted.length, "item")} accepted in a batch.`;
  byId("undo").disabled = !state.history.length;
  if (current()?.decision) return forward(said, said);
  notice(said);
}
