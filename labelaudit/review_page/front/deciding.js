// Decisions: nothing moves on before one is kept.

const NO_REMARKS = { reason: null, note: null };

function body(item, decision, label, remarks) {
  const { reason, note } = remarks;
  return { decision, label, reason, note, queue: item.queue, draw_prob: item.draw_prob, blind: data.blind };
}

/** Keep a decision; only then is it true. What fails is said, and stays until it is answered: then null. What
 * another window has said meanwhile is shown before it may be replaced: null too. */
async function keep(item, asked, failed, again) {
  state.waiting += 1;
  state.turns += 1;
  document.body.classList.add("waiting");
  try {
    const progress = await store.decide(item, asked);
    item.elsewhere = false;
    state.unkept = false;
    noTrouble();
    return progress;
  } catch (error) {
    if (error instanceof SaidElsewhere) {
      giveUp();
      await decidedElsewhere(item, error.said);
      return null;
    }
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
  const said = saidOf(item, word, label);
  const asked = body(item, word, label, state.draft);
  const progress = await keep(item, asked, `Not saved, ${said}`, () => decide(word, label));
  if (progress === null) return;
  drafts.drop(item);
  remember(item);
  told(progress);
  await forward(`Decided: ${said}.`);
}

/** A decision in words, which must not tell which label was the given one. */
function saidOf(item, word, label) {
  if (data.blind) return isSide(item, word, label) ? "one of the two" : words(word);
  return label === null ? words(word) : `${words(word)} ${labelText(label)}`;
}

function remember(item) {
  const others = state.history.map((step) => step.filter((known) => known.fingerprint !== item.fingerprint));
  state.history = [...others.filter((step) => step.length), [item]];
  store.remember(state.history);
}

async function forward(said, noted = "") {
  do {
    state.index += 1;
    if (current() === null) await keepAhead();
  } while (state.filter.undecided && current() !== null && current().decision !== null);
  show(said, noted);
}

async function undo() {
  const step = state.history.at(-1);
  if (step !== undefined && mayMove()) await takeBack(step, step.length);
}

/** Take back one step of the history: a decision, or all of a batch. */
async function takeBack(step, n) {
  const [first] = step;
  let progress = null;
  while (step.length) {
    const item = step.at(-1);
    const before = item.decision;
    const failed = n > 1 ? `${count(step.length, "item")} of the batch not taken back` : "Not taken back";
    progress = await keep(item, body(item, "undo", null, NO_REMARKS), failed, () => takeBack(step, n));
    if (progress === null) return;
    if (before && before.note !== data.batch_note) drafts.set(item, before);
    step.pop();
  }
  state.history = state.history.filter((known) => known !== step);
  store.remember(state.history);
  if (n > 1) await reload(first);
  else goTo(first);
  told(progress);
  const said = n > 1 ? `${count(n, "decision")} of a batch taken back.` : "Taken back.";
  show(said, n > 1 ? said : "");
}

function goTo(item) {
  const at = state.items.findIndex((known) => known.fingerprint === item.fingerprint);
  if (at < 0) return state.items.splice(state.index, 0, item);
  state.items[at].decision = item.decision;
  state.index = at;
}

/** A reason or a note; on a decided item it is kept at once, else it waits for the decision. */
async function remark(change) {
  const item = current();
  const draft = { ...state.draft, ...change };
  if (item.decision === null) {
    drafts.set(item, draft);
  } else {
    const asked = body(item, item.decision.decision, item.decision.label, draft);
    if ((await keep(item, asked, "Not saved", () => remark(change))) !== null) drafts.drop(item);
    else if (item.elsewhere) drafts.set(item, draft);
    else return;
  }
  state.draft = draft;
  renderRemarks(item, data, draft);
  showHints();
}
