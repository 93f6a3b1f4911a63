// What keys and pointers do.

/** Nothing is done while a decision is on its way: its item would change under the reviewer's hands. */
function whenFree(act) {
  return () => (state.waiting ? sayBusy() : act());
}

/** A single decision takes a moment; a batch takes long enough to be asked about. */
function sayBusy() {
  if (state.batch) notice(`${state.batch} Undo it when that is done.`);
}

async function decideSide(number) {
  const side = sidesOf(current(), data.blind)[number - 1];
  if (side.label === null) return;
  await decide(side.word, side.word === "given" ? null : side.label);
}

async function decideOther() {
  const shown = sidesOf(current(), data.blind).map((side) => side.label);
  const label = await askClass(data.classes.filter((name) => !shown.includes(name)));
  if (label !== undefined) await decide("other", label);
}

async function setFilter(filter) {
  state.filter = filter;
  await restart();
  await refresh().catch((error) => fail("The progress did not come", error, refresh, noTrouble));
}

async function chooseFilter() {
  if (!mayMove()) return;
  const filter = await askFilter(state.filter, store.facets(), ruleNames);
  if (filter !== undefined) await setFilter(filter);
}

async function chooseReason() {
  const reason = await askReason(data.reasons, state.draft.reason);
  if (reason !== undefined) await remark({ reason });
}

async function writeNote() {
  const note = await askNote(state.draft.note);
  if (note !== state.draft.note) await remark({ note });
}

async function move(step) {
  const to = state.index + step;
  if (!mayMove() || to < 0 || (step > 0 && current() === null)) return;
  if (to >= state.items.length) await keepAhead();
  state.index = to;
  show();
}

const ON_ITEM = {
  1: () => decideSide(1),
  2: () => decideSide(2),
  3: () => byId("do-both").disabled || decide("both"),
  4: () => decide("neither"),
  5: decideOther,
  " ": () => decide("skip"),
  r: chooseReason,
  n: writeNote,
  b: acceptBatch,
  ArrowRight: () => move(1),
};
const ALWAYS = { u: undo, "/": chooseFilter, "?": () => askHelp(data, keys), ArrowLeft: () => move(-1) };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const at = event.target;
  if (at.closest("dialog, input, textarea, select")) return;
  if (event.key === " " && at.closest("button, a, audio")) return;
  if (event.key.startsWith("Arrow") && at.closest("audio")) return; // they wind it
  if (document.querySelector("dialog[open]") !== null) return;
  if (!keys.on && event.key !== "?") return;
  const act = ALWAYS[event.key] ?? (current() === null ? undefined : ON_ITEM[event.key]);
  if (act === undefined) return;
  event.preventDefault();
  whenFree(act)();
}

function listen() {
  document.addEventListener("keydown", onKey);
  const tools = { undo, filter: chooseFilter, help: ALWAYS["?"], reason: chooseReason, note: writeNote, download };
  tools.previous = () => move(-1);
  tools.next = () => move(1);
  for (const [id, act] of Object.entries(tools)) byId(id).addEventListener("click", whenFree(act));
  for (const group of ["labels", "actions"]) {
    byId(group).addEventListener("click", (event) => {
      const key = event.target.closest("button")?.getAttribute("aria-keyshortcuts");
      if (key) whenFree(ON_ITEM[key === "Space" ? " " : key])();
    });
  }
}
