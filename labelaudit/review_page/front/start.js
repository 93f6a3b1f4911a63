// The page begins, and is not left with decisions that are nowhere else.

async function start() {
  document.title = `Review of ${visible(data.audit)}`;
  byId("audit-name").textContent = visible(data.audit);
  byId("download").hidden = data.mode !== "static";
  listen();
  window.addEventListener("beforeunload", (event) => {
    if (state.waiting || state.unkept || store.loose > 0 || drafts.loose) event.preventDefault();
  });
  store.whenElsewhere((fingerprint, decision) => {
    const item = state.items.find((known) => known.fingerprint === fingerprint);
    return decidedElsewhere(item, decision);
  });
  state.history = store.recent();
  try {
    await restart();
    await refresh();
  } catch (error) {
    fail("The page did not start", error, () => location.reload());
  }
}

function fileName(reviewer) {
  return `decisions-${reviewer.replace(/[^\p{L}\p{N}_-]+/gu, "-")}.jsonl`;
}

/** The decisions as a file. */
async function download() {
  const reviewer = data.reviewer || (await askName(store.reviewer));
  if (!reviewer) return;
  store.reviewer = reviewer;
  const address = URL.createObjectURL(new Blob([store.lines(reviewer)], { type: "application/x-ndjson" }));
  const anchor = el("a", { href: address, download: fileName(reviewer) });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

start();
