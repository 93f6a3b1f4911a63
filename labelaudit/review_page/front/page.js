// The page: what is shown, what a key does, and that nothing moves on before it is kept.

const PAGE = 50;
const AHEAD = 20;
const PREFETCHED = 3;
const BATCH_AFTER = 10;
const FEW = 0.1;

const data = JSON.parse(byId("labelaudit-data").textContent);
const ruleNames = data.rules ?? {};
const store = data.mode === "static" ? new StaticStore(data) : new ServedStore(data);
const keys = { on: true };
const state = {
  items: [],
  index: 0,
  total: 0,
  filter: { pair: null, rule: null, split: null, undecided: true },
  draft: { reason: null, note: null },
  history: [],
  singles: new Map(),
  waiting: 0,
  turns: 0, // grows when a decision sets out and when it has arrived
  retry: null,
  loading: null,
  progress: { decided: 0, skipped: 0, total: 0, by_rule: {}, pace_per_minute: null, last_50_errors: 0 },
};

function current() {
  return state.items[state.index] ?? null;
}

// ---- loading ----

/** Read on from the store; a list of undecided items grows shorter behind us, so overlaps are left out. */
async function loadMore() {
  const known = new Set(state.items.map((item) => item.fingerprint));
  let offset = state.filter.undecided ? state.items.filter((item) => item.decision === null).length : known.size;
  let fresh = [];
  do {
    const page = await store.load(state.filter, offset, PAGE);
    fresh = page.items.filter((item) => !known.has(item.fingerprint));
    state.items.push(...fresh);
    state.total = page.total;
    offset += page.items.length || PAGE;
  } while (!fresh.length && offset < state.total);
  state.complete = !fresh.length || offset >= state.total;
}

function keepAhead() {
  if (state.complete || state.loading || state.items.length - state.index > AHEAD) return state.loading;
  const list = state.items;
  state.loading = loadMore()
    .catch((error) => list === state.items && fail("The next items did not come", error, keepAhead))
    .finally(() => (state.loading = null));
  return state.loading;
}

async function restart() {
  await state.loading;
  Object.assign(state, { items: [], index: 0, complete: false });
  await keepAhead();
  show();
}

function prefetch() {
  for (const item of state.items.slice(state.index + 1, state.index + 1 + PREFETCHED)) {
    const near = Object.values(item.neighbors).flat().map((one) => one.preview);
    for (const preview of [item.preview, ...near]) {
      if (preview?.kind !== "image" || !preview.src) continue;
      const address = ownAddress(preview.src, "image");
      if (address !== null) new Image().src = address;
    }
  }
}

// ---- showing ----

function show(said = "") {
  const item = current();
  byId("done").hidden = item !== null;
  document.querySelector("main").hidden = item === null;
  byId("undo").disabled = !state.history.length;
  if (item === null) return showDone(said);
  state.draft = { reason: item.decision?.reason ?? null, note: item.decision?.note ?? null };
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
  const filtered = state.filter.pair || state.filter.rule || state.filter.split;
  byId("done-title").textContent = filtered ? "Nothing left in this filter" : "Every item is decided";
  byId("done-text").textContent = `${said} ${data.mode === "static" ? "Download the decisions to hand them on." : "Every decision is on the disk."}`;
  const again = ["Show all items", () => setFilter({ pair: null, rule: null, split: null, undecided: false })];
  const rest = ["Show what is undecided", () => setFilter({ pair: null, rule: null, split: null, undecided: true })];
  byId("done-actions").replaceChildren(buttons(...(filtered ? [rest] : []), again));
  byId("done-title").focus();
  byId("live").textContent = byId("done-title").textContent;
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

function showHints() {
  const hints = [];
  const progress = state.progress;
  const errors = progress.last_50_errors;
  if (progress.decided >= WINDOW && errors <= FEW * WINDOW) {
    hints.push(el("p", { class: "hint" }, `You could stop here: ${errors} of the last ${WINDOW} decisions found an error.`));
  }
  const pair = offeredPair();
  if (pair !== null) {
    const accept = el("button", { type: "button", id: "batch", "aria-keyshortcuts": "b" }, "Accept the rest… ", el("kbd", {}, "b"));
    accept.addEventListener("click", acceptBatch);
    hints.push(el("p", { class: "hint" }, `${state.singles.get(pair)} decided one by one in ${pairText(pair)}. `, accept));
  }
  const filter = filterText();
  if (filter) {
    const clear = el("button", { type: "button", id: "clear-filter" }, "Clear");
    clear.addEventListener("click", () => setFilter({ pair: null, rule: null, split: null, undecided: true }));
    hints.push(el("p", { class: "hint" }, `Shown: ${filter}. `, clear));
  }
  byId("hints").replaceChildren(...hints);
}

function filterText() {
  const { pair, rule, split, undecided } = state.filter;
  const parts = [pair && pairText(pair), rule, split && `split ${visible(split)}`, !undecided && "decided items too"];
  return parts.filter(Boolean).join(", ");
}

// ---- deciding ----

function body(item, decision, label, remarks) {
  const { reason, note } = remarks;
  return { decision, label, reason, note, queue: item.queue, draw_prob: item.draw_prob, blind: data.blind };
}

/** Keep a decision; only then is it true. What fails stays on the screen until it is tried again. */
async function keep(item, asked) {
  state.waiting += 1;
  state.turns += 1;
  document.body.classList.add("waiting");
  try {
    const progress = await store.decide(item, asked);
    byId("alert").replaceChildren();
    state.retry = null;
    return progress;
  } finally {
    state.turns += 1;
    state.waiting -= 1;
    document.body.classList.toggle("waiting", state.waiting > 0);
  }
}

async function decide(word, label = null) {
  const item = current();
  if (item === null || state.waiting) return;
  const fresh = item.decision === null;
  try {
    const progress = await keep(item, body(item, word, label, state.draft));
    remember(item, word, fresh);
    const said = `${words(word)}${label === null || data.blind ? "" : ` ${labelText(label)}`}.`;
    await forward(said);
    told(progress);
  } catch (error) {
    fail("Not saved", error, () => decide(word, label));
  }
}

function remember(item, word, fresh) {
  state.history = state.history.filter((known) => known.fingerprint !== item.fingerprint);
  state.history.push(item);
  const pair = pairOf(item);
  if (fresh && word !== "skip" && pair !== null) state.singles.set(pair, (state.singles.get(pair) ?? 0) + 1);
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
  if (item === undefined || state.waiting) return;
  try {
    const counted = item.decision !== null && item.decision.decision !== "skip" && item.decision.note !== BATCH_NOTE;
    const progress = await keep(item, body(item, "undo", null, { reason: null, note: null }));
    state.history.pop();
    const pair = pairOf(item);
    if (counted && state.singles.has(pair)) state.singles.set(pair, state.singles.get(pair) - 1);
    const at = state.items.findIndex((known) => known.fingerprint === item.fingerprint);
    if (at < 0) state.items.splice(state.index, 0, item);
    else {
      state.items[at].decision = null;
      state.index = at;
    }
    show("Taken back.");
    told(progress);
  } catch (error) {
    fail("Not taken back", error, undo);
  }
}

/** A reason or a note; on a decided item it is kept at once, else with the decision. */
async function remark(change) {
  const item = current();
  Object.assign(state.draft, change);
  if (item.decision !== null) {
    try {
      await keep(item, body(item, item.decision.decision, item.decision.label, state.draft));
    } catch (error) {
      fail("Not saved", error, () => remark(change));
    }
  }
  renderRemarks(item, data, state.draft);
}

function fail(what, error, again) {
  const retry = el("button", { type: "button", id: "retry" }, "Try again");
  retry.addEventListener("click", () => {
    byId("alert").replaceChildren();
    state.retry = null;
    again();
  });
  state.retry = again;
  byId("alert").replaceChildren(el("p", {}, `${what}: ${visible(error.message)} `, retry));
}

// ---- a confused pair at once ----

function offeredPair() {
  const item = current();
  const pair = item && !data.blind ? pairOf(item) : null;
  return pair !== null && (state.singles.get(pair) ?? 0) >= BATCH_AFTER ? pair : null;
}

async function acceptBatch() {
  const pair = offeredPair();
  if (pair === null || state.waiting) return;
  const filter = { ...state.filter, pair, undecided: true };
  try {
    const waiting = await loadAll(filter);
    if (!waiting.length || !(await askBatch(pair, waiting.length))) return;
    for (const [i, found] of waiting.entries()) {
      const item = state.items.find((known) => known.fingerprint === found.fingerprint) ?? found;
      const asked = body(item, "suggested", item.suggested_label, { reason: null, note: BATCH_NOTE });
      const progress = await keep(item, asked);
      state.history.push(item);
      if (i % 25 === 24 || i === waiting.length - 1) showProgress(progress);
    }
    if (current()?.decision) await forward(`${count(waiting.length, "item")} accepted.`);
    await refresh();
  } catch (error) {
    fail("The batch stopped", error, acceptBatch);
  }
}

async function loadAll(filter) {
  const found = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = await store.load(filter, offset, PAGE);
    found.push(...page.items);
    if (offset + PAGE >= page.total) return found;
  }
}

// ---- what is asked ----

async function decideSide(number) {
  const side = sidesOf(current(), data.blind)[number - 1];
  if (side.label === null) return;
  await decide(side.word, side.word === "given" ? null : side.label);
}

async function decideOther() {
  const item = current();
  const label = await askClass(data.classes.filter((name) => name !== item.given_label && name !== item.suggested_label));
  if (label !== undefined) await decide("other", label);
}

async function setFilter(filter) {
  state.filter = filter;
  await restart();
  await refresh();
}

async function chooseFilter() {
  const filter = await askFilter(state.filter, store.facets(), ruleNames);
  if (filter !== undefined) await setFilter(filter);
}

async function chooseReason() {
  const reason = await askReason(data.reasons, state.draft.reason);
  if (reason !== undefined) await remark({ reason });
}

async function writeNote() {
  const note = await askNote(state.draft.note);
  if (note !== undefined) await remark({ note });
}

async function move(step) {
  const to = state.index + step;
  if (state.waiting || to < 0) return;
  if (to >= state.items.length) await keepAhead();
  if (to >= state.items.length && step > 0 && current() === null) return;
  state.index = to;
  show();
}

async function download() {
  const key = `labelaudit/reviewer`;
  const reviewer = data.reviewer || (await askName(store.keeps ? localStorage.getItem(key) : null));
  if (!reviewer) return;
  if (store.keeps) localStorage.setItem(key, reviewer);
  const address = URL.createObjectURL(new Blob([store.lines(reviewer)], { type: "application/x-ndjson" }));
  const anchor = el("a", { href: address, download: `decisions-${reviewer.replace(/[^\p{L}\p{N}_-]+/gu, "-")}.jsonl` });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  store.downloaded = true;
}

// ---- keys and pointers ----

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
  if (at.closest("dialog, input, textarea, select, audio") || (event.key === " " && at.closest("button, a"))) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (!keys.on && event.key !== "?") return;
  const act = ALWAYS[event.key] ?? (current() === null ? undefined : ON_ITEM[event.key]);
  if (act === undefined) return;
  event.preventDefault();
  act();
}

function onClick(id, act) {
  byId(id).addEventListener("click", act);
}

function listen() {
  document.addEventListener("keydown", onKey);
  onClick("undo", undo);
  onClick("filter", chooseFilter);
  onClick("help", () => askHelp(data, keys));
  onClick("reason", chooseReason);
  onClick("note", writeNote);
  onClick("previous", () => move(-1));
  onClick("next", () => move(1));
  onClick("download", download);
  for (const group of ["labels", "actions"]) {
    byId(group).addEventListener("click", (event) => {
      const key = event.target.closest("button")?.getAttribute("aria-keyshortcuts");
      if (key) ON_ITEM[key === "Space" ? " " : key]();
    });
  }
  window.addEventListener("beforeunload", (event) => {
    const lost = data.mode === "static" && !store.keeps && store.log.length > 0 && !store.downloaded;
    if (state.waiting || state.retry || lost) event.preventDefault();
  });
}

async function start() {
  document.title = `Review of ${visible(data.audit)}`;
  byId("audit-name").textContent = visible(data.audit);
  byId("download").hidden = data.mode !== "static";
  listen();
  if (data.mode === "static" && !store.keeps) {
    byId("alert").replaceChildren(el("p", {}, "This browser keeps nothing for files: download before you close the page."));
  }
  state.history = store.recent();
  for (const item of state.history) {
    if (item.decision.note !== BATCH_NOTE && item.decision.decision !== "skip" && pairOf(item) !== null) {
      state.singles.set(pairOf(item), (state.singles.get(pairOf(item)) ?? 0) + 1);
    }
  }
  try {
    await restart();
    await refresh();
  } catch (error) {
    fail("The page did not start", error, () => location.reload());
  }
}

start();
