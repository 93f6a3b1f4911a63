// What the page knows: the list, where it stands in it, and what is on its way to be kept.

const UNDECIDED = { pair: null, rule: null, split: null, undecided: true };
const EVERYTHING = { ...UNDECIDED, undecided: false };

const data = JSON.parse(byId("labelaudit-data").textContent);
const ruleNames = data.rules ?? {};
const store = data.mode === "static" ? new StaticStore(data) : new ServedStore(data);
const drafts = new Drafts(data);
const keys = { on: true };
const state = {
  items: [], // as far as they are loaded
  index: 0,
  complete: false, // no more are to come
  broken: false, // the next ones did not come
  loading: null,
  filter: UNDECIDED,
  draft: { reason: null, note: null },
  history: [], // steps that undo takes back, the last one last: an item, or all of a batch
  batch: "", // how far one that is being written has come
  notice: "", // what was done, until the next item
  waiting: 0, // decisions on their way
  unkept: false, // one has failed: nothing moves before it is kept or given up
  turns: 0, // grows when a decision sets out and when it has arrived
  progress: { decided: 0, skipped: 0, total: 0, by_rule: {}, by_pair: {}, pace_per_minute: null, last_50: 0, last_50_errors: 0 },
};

function current() {
  return state.items[state.index] ?? null;
}

/** Whether the page may move on; a decision that could not be kept asks for an answer first. */
function mayMove() {
  if (state.unkept) byId("alert").querySelector("button")?.focus();
  return !state.unkept && !state.waiting;
}
