// The end of the list, and what comes after it.

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
  byId("done-next").replaceChildren(...(passed || filtered || state.broken ? [] : nextSteps()));
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
  return data.mode === "static" ? "Download the decisions to hand them on." : "Every decision is on the disk. What comes next:";
}

/** Commands for a terminal, to be copied. */
function nextSteps() {
  const audit = quoted(data.audit);
  const merge = `labelaudit review merge ${audit} ${quoted(fileName(data.reviewer || "YOUR-NAME"))} --write`;
  const steps = [
    data.mode === "static" && ["Put the downloaded file into the audit:", merge],
    data.is_sample && ["How many labels are wrong:", `labelaudit review stats ${audit}`],
    ["Read the corrections first; --write --out FILE writes them:", `labelaudit apply ${audit}`],
  ];
  return steps.filter(Boolean).map(([what, command]) => el("li", {}, `${what} `, el("code", {}, visible(command))));
}

function quoted(word) {
  return /^[\p{L}\p{N}_./-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
