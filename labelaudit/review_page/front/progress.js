// What decisions in the browser amount to; the server says the same of its own.

const WRONG = new Set(["suggested", "neither", "other"]);
const WINDOW = 50;
const PAUSE = 120_000;
const OF_PAIR = 10;

/** What came in a batch is decided and tells nothing else: nobody looked at it. */
function progressOf(items, log) {
  const decided = items.filter((item) => item.decision !== null && item.decision.decision !== "skip");
  const seen = decided.filter((item) => item.decision.note !== data.batch_note);
  const byRule = {};
  for (const item of seen) {
    for (const rule of item.rules) {
      byRule[rule] ??= { errors: 0, decided: 0 };
      byRule[rule].decided += 1;
      byRule[rule].errors += WRONG.has(item.decision.decision) ? 1 : 0;
    }
  }
  seen.sort(byTime);
  const last = seen.slice(-WINDOW).map((item) => item.decision);
  return {
    decided: decided.length,
    skipped: items.filter((item) => item.decision?.decision === "skip").length,
    total: items.length,
    by_rule: byRule,
    by_pair: takenByPair(seen),
    pace_per_minute: paceOf(log),
    last_50: last.length,
    last_50_errors: last.filter((decision) => WRONG.has(decision.decision)).length,
  };
}

/** Of the last ten decisions in a class pair, how many took the suggestion; only where there are ten. */
function takenByPair(seen) {
  const words = new Map();
  for (const item of seen) {
    const pair = pairOf(item);
    if (pair !== null) words.set(pair, [...(words.get(pair) ?? []), item.decision.decision].slice(-OF_PAIR));
  }
  const full = [...words].filter(([, last]) => last.length === OF_PAIR);
  return Object.fromEntries(full.map(([pair, last]) => [pair, last.filter((word) => word === "suggested").length]));
}

function byTime(a, b) {
  const [one, other] = [a, b].map((item) => String(item.decision.decided_at));
  return Number(one > other) - Number(one < other);
}

/** Decisions a minute over the last 20, without pauses and batches. */
function paceOf(log) {
  const times = log.filter((r) => r.note !== data.batch_note).slice(-20).map((r) => Date.parse(r.decided_at));
  const gaps = times.slice(1).map((time, i) => time - times[i]).filter((gap) => gap > 0 && gap < PAUSE);
  const spent = gaps.reduce((sum, gap) => sum + gap, 0);
  return gaps.length < 3 ? null : (60_000 * gaps.length) / spent;
}

function showProgress(progress) {
  byId("bar").max = Math.max(progress.total, 1);
  byId("bar").value = progress.decided + progress.skipped;
  const skipped = progress.skipped ? `, ${progress.skipped.toLocaleString("en")} skipped` : "";
  byId("counts").textContent =
    `${progress.decided.toLocaleString("en")} of ${progress.total.toLocaleString("en")} decided${skipped}`;
  const pace = progress.pace_per_minute;
  byId("pace").textContent = pace ? `${Math.round(pace)} a minute` : "";
}

/** Running precision: of the decided rows that a rule lists, how many were wrong. */
function showStanding(byRule, names) {
  const rules = Object.entries(byRule).filter(([, rule]) => rule.decided > 0).sort();
  const rows = rules.map(([code, { errors, decided }]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, code, el("span", { class: "rule-name" }, ` ${names[code] ?? ""}`)),
      el("td", {}, `${errors} of ${decided}`),
      el("td", {}, percent(errors / decided)),
    ),
  );
  const table = el("table", {}, el("caption", {}, "Errors found, by rule"), el("tbody", {}, ...rows));
  byId("standing").replaceChildren(...(rows.length ? [table] : []));
}
