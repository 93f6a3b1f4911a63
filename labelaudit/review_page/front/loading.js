// Items come in pages, ahead of the reviewer.

const PAGE = 50;
const AHEAD = 20;
const PREFETCHED = 3;

/** Read on from the store; a list of undecided items grows shorter behind us, so overlaps are left out. */
async function loadMore() {
  const known = new Set(state.items.map((item) => item.fingerprint));
  let offset = state.filter.undecided ? state.items.filter((item) => item.decision === null).length : known.size;
  let fresh = [];
  let total = 0;
  do {
    const page = await store.load(state.filter, offset, PAGE);
    fresh = page.items.filter((item) => !known.has(item.fingerprint));
    state.items.push(...fresh);
    total = page.total;
    offset += page.items.length || PAGE;
  } while (!fresh.length && offset < total);
  state.complete = !fresh.length || offset >= total;
}

function keepAhead() {
  if (state.complete || state.loading || state.items.length - state.index > AHEAD) return state.loading;
  const list = state.items;
  state.broken = false;
  state.loading = loadMore()
    .catch((error) => {
      if (list !== state.items) return;
      state.broken = true;
      fail("The next items did not come", error, loadAgain);
    })
    .finally(() => (state.loading = null));
  return state.loading;
}

async function loadAgain() {
  await keepAhead();
  if (document.querySelector("main").hidden) show();
}

async function restart() {
  await reload();
  show();
}

/** Read the list anew; it begins at an item if that is among its first. */
async function reload(item = null) {
  await state.loading;
  Object.assign(state, { items: [], index: 0, complete: false });
  await keepAhead();
  state.index = Math.max(0, state.items.findIndex((known) => known.fingerprint === item?.fingerprint));
}

/** All items that a filter leaves. */
async function loadAll(filter) {
  const found = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = await store.load(filter, offset, PAGE);
    found.push(...page.items);
    if (offset + PAGE >= page.total) return found;
  }
}

/** Have the browser fetch the pictures of the next items. */
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
