// Decisions: nothing moves on before one is kept.

const BATCH_AFTER = 10;

function body(item, decision, label, remarks) {
  const { reason, note } = remarks;
  return { decision, label, reason, note, queue: item.queue, draw_prob: item.draw_prob, blind: data.blind };
}

/** Keep a decision; only then is it true. What fails is said, and stays until it is answered: then null. */
async function keep(item, asked, failed, again) {
  state.waiting += 1;
  state.turns += 1;
  document.body.classList.add("waiting");
  try {
    const progress = await store.decide(item, asked);
    state.unkept = false;
    noTrouble();
    return progress;
  } catch (error) {
    state.unkept = true;
    fail(failed, error, again, giveUp);
    return null;
  } finally {
    state.turns += 1;
    state.waiting -= 1;
    document.body.classList.toggle("waiting", state.waiting > 0);
  }
}

function giveUp() {
  state.unkept = false;
  noTrouble();
  byId("item-title").focus({ preventScroll: true });
}

async function decide(word, label = null) {
  const item = current();
  if (item === null) return;
  const fresh = item.decision === null;
  const said = saidOf(word, label);
  const asked = body(item, word, label, state.draft);
  const progress = await keep(item, asked, `Not saved, ${said}`, () => decide(word, label));
  if (progress === null) return;
  remember(item, word, fresh);
  told(progress);
  await forward(`${said}.`);
}

/** A decision in words, which must not tell which label was the given one. */
function saidOf(word, label) {
  if (data.blind && (word === "given" || word === "suggested")) return "one of the two";
  return label === null || data.blind ? words(word) : `${words(word)} ${labelText(label)}`;
}

function remember(item, word, fresh) {
  state.history = state.history.filter((known) => known.fingerprint !== item.fingerprint);
  state.history.push(item);
  if (fresh && word !== "skip") countSingle(item, 1);
}

function countSingle(item, step) {
  const pair = pairOf(item);
  if (pair !== null) state.singles.set(pair, Math.max(0, (state.singles.get(pair) ?? 0) + step));
}

function isSingle(decision) {
  return decision !== null && decision.decision !== "skip" && decision.note !== data.batch_note;
}

async function forward(said) {
  do {
    state.index += 1;
    if (current() === null) await keepAhead();
  } while (state.filter.undecided && current() !== null && current().decision !== null);
  show(said);
}

async function undo() {
  const item = state.history.at(-1);
  if (item === undefined || !mayMove()) return;
  const counted = isSingle(item.decision);
  const nothing = { reason: null, note: null };
  const progress = await keep(item, body(item, "undo", null, nothing), "Not taken back", undoAgain);
  if (progress === null) return;
  state.history.pop();
  if (counted) countSingle(item, -1);
  goTo(item);
  told(progress);
  show("Taken back.");
}

function undoAgain() {
  state.unkept = false;
  return undo();
}

function goTo(item) {
  const at = state.items.findIndex((known) => known.fingerprint === item.fingerprint);
  if (at < 0) return state.items.splice(state.index, 0, item);
  state.items[at].decision = item.decision;
  state.index = at;
}

/** A reason or a note; on a decided item it is kept at once, else with the decision. */
async function remark(change) {
  const item = current();
  Object.assign(state.draft, change);
  if (item.decision !== null) {
    const asked = body(item, item.decision.decision, item.decision.label, state.draft);
    await keep(item, asked, "Not saved", () => remark(change));
  }
  renderRemarks(item, data, state.draft);
}

// ---- a confused pair at once ----

/** Rows of a sample and controls measure: each is looked at. That a control is one must not show, though. */
function offeredPair() {
  const item = current();
  const pair = item !== null && item.queue !== "sample" && !data.blind ? pairOf(item) : null;
  return pair !== null && (state.singles.get(pair) ?? 0) >= BATCH_AFTER ? pair : null;
}

async function acceptBatch() {
  const pair = offeredPair();
  if (pair === null || !mayMove()) return;
  try {
    const found = await loadAll({ ...state.filter, pair, undecided: true });
    const undecided = found.filter((item) => item.queue === "ranked");
    if (!undecided.length || !(await askBatch(pair, undecided.length))) return;
    await acceptAll(undecided);
  } catch (error) {
    fail("The batch did not start", error, acceptBatch, noTrouble);
  }
}

async function acceptAll(undecided) {
  for (const [i, found] of undecided.entries()) {
    const item = state.items.find((known) => known.fingerprint === found.fingerprint) ?? found;
    const asked = body(item, "suggested", item.suggested_label, { reason: null, note: data.batch_note });
    const rest = undecided.slice(i);
    const progress = await keep(item, asked, `${count(rest.length, "item")} of the batch not saved`, () => acceptAll(rest));
    if (progress === null) return;
    state.history.push(item);
    if (i % 25 === 24 || i === undecided.length - 1) told(progress);
  }
  byId("undo").disabled = false;
  if (current()?.decision) await forward(`${count(undecided.length, "item")} accepted.`);
}
