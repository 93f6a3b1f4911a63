// Two ways to keep decisions, with one face: load, decide, progress, recent, facets.

const BATCH_NOTE = "accepted in a batch";
const WRONG = new Set(["suggested", "neither", "other"]);
const RECENT = 20;

function pairOf(item) {
  return item.suggested_label === null ? null : JSON.stringify([item.given_label, item.suggested_label]);
}

function matches(item, filter) {
  return (
    (!filter.pair || pairOf(item) === filter.pair) &&
    (!filter.rule || item.rules.includes(filter.rule)) &&
    (!filter.split || item.split === filter.split) &&
    (!filter.undecided || item.decision === null)
  );
}

function facetsOf(items) {
  const facets = { pairs: new Map(), rules: new Map(), splits: new Map() };
  const add = (map, key) => key !== null && map.set(key, (map.get(key) ?? 0) + 1);
  for (const item of items) {
    add(facets.pairs, pairOf(item));
    item.rules.forEach((rule) => add(facets.rules, rule));
    add(facets.splits, item.split);
  }
  return Object.fromEntries(
    Object.entries(facets).map(([name, map]) => [name, [...map].sort((a, b) => b[1] - a[1])]),
  );
}

/** Items in the page, decisions in the browser's local storage: one entry each, so that two tabs agree. */
class StaticStore {
  constructor(data) {
    this.data = data;
    this.items = data.items;
    this.byPrint = new Map(data.items.map((item) => [item.fingerprint, item]));
    this.prefix = `labelaudit/${data.audit}/`;
    this.keeps = true;
    this.log = this.readLog();
    for (const record of this.log) this.apply(record);
  }

  readLog() {
    const records = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (!key.startsWith(this.prefix)) continue;
        try {
          const record = JSON.parse(localStorage.getItem(key));
          if (this.byPrint.has(record.fingerprint)) records.push({ key, record });
        } catch {
          // not ours
        }
      }
    } catch {
      this.keeps = false;
    }
    return records.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ record }) => record);
  }

  apply(record) {
    const { decision, label, reason, note, decided_at } = record;
    this.byPrint.get(record.fingerprint).decision =
      decision === "undo" ? null : { decision, label, reason, note, decided_at };
  }

  async load(filter, offset, limit) {
    const found = this.items.filter((item) => matches(item, filter));
    return { total: found.length, items: found.slice(offset, offset + limit) };
  }

  async decide(item, asked) {
    const now = new Date().toISOString();
    const record = {
      fingerprint: item.fingerprint,
      id: item.id,
      decision: asked.decision,
      label: asked.label,
      reason: asked.reason,
      note: asked.note,
      reviewer: this.data.reviewer,
      decided_at: now,
      queue: asked.queue,
      draw_prob: asked.draw_prob,
      blind: asked.blind,
      seen: { given: item.given_label, suggested: item.suggested_label, label_quality: item.label_quality },
      tool_version: this.data.tool_version,
    };
    if (this.keeps) {
      const order = String(this.log.length).padStart(7, "0");
      localStorage.setItem(`${this.prefix}${now}/${order}/${Math.random()}`, JSON.stringify(record));
    }
    this.log.push(record);
    this.apply(record);
    return this.progress();
  }

  async progress() {
    return progressOf(this.items, this.log);
  }

  recent() {
    const decided = this.items.filter((item) => item.decision !== null);
    return decided.sort((a, b) => (String(a.decision.decided_at) < String(b.decision.decided_at) ? -1 : 1));
  }

  facets() {
    return facetsOf(this.items);
  }

  /** The decisions as `decisions.jsonl` has them. */
  lines(reviewer) {
    return this.log.map((record) => `${JSON.stringify({ ...record, reviewer })}\n`).join("");
  }
}

/** Items and decisions with the server; it answers when a decision is on the disk. */
class ServedStore {
  constructor(data) {
    this.data = data;
    this.seen = new Map();
    this.recentKey = `labelaudit/${data.audit}/recent`;
  }

  async ask(path, init = {}) {
    const response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
    if (!response.ok) throw new Error(await saidBy(response));
    return response.json();
  }

  async load(filter, offset, limit) {
    const query = new URLSearchParams({ offset, limit });
    for (const name of ["rule", "split"]) if (filter[name]) query.set(name, filter[name]);
    if (filter.pair) query.set("pair", filter.pair);
    if (filter.undecided) query.set("undecided", "true");
    const page = await this.ask(`api/items?${query}`);
    for (const item of page.items) this.seen.set(item.fingerprint, item);
    return page;
  }

  async decide(item, asked) {
    const answer = await this.ask("api/decisions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ fingerprint: item.fingerprint, ...asked }),
    });
    const { decision, label, reason, note } = asked;
    item.decision =
      decision === "undo" ? null : { decision, label, reason, note, decided_at: new Date().toISOString() };
    this.remember(item);
    return answer.progress;
  }

  progress() {
    return this.ask("api/progress");
  }

  remember(item) {
    const others = this.recent().filter((known) => known.fingerprint !== item.fingerprint);
    if (item.decision !== null) others.push(item);
    try {
      sessionStorage.setItem(this.recentKey, JSON.stringify(others.slice(-RECENT)));
    } catch {
      // undo then ends at a reload
    }
  }

  recent() {
    try {
      return JSON.parse(sessionStorage.getItem(this.recentKey)) ?? [];
    } catch {
      return [];
    }
  }

  facets() {
    return this.data.facets ?? facetsOf(this.seen.values());
  }
}

async function saidBy(response) {
  const text = await response.text();
  try {
    const answer = JSON.parse(text);
    return String(answer.detail ?? answer.error ?? text);
  } catch {
    return text.slice(0, 200) || `the server answered ${response.status}`;
  }
}
