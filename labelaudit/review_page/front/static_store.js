// Items in the page, decisions in the browser's local storage: one entry each, so that windows agree.

const NAME_KEY = "labelaudit/reviewer";

class StaticStore {
  constructor(data) {
    this.data = data;
    this.items = data.items;
    this.byPrint = new Map(data.items.map((item) => [item.fingerprint, item]));
    this.prefix = `labelaudit/${data.audit}/`;
    this.keeps = true; // whether the browser does
    this.loose = 0; // decisions that are in this window only
    this.log = this.readLog(); // records by their keys, which sort by time
    for (const key of [...this.log.keys()].sort()) this.apply(this.log.get(key));
  }

  readLog() {
    const log = new Map();
    try {
      for (let i = 0; i < localStorage.length; i++) this.take(log, localStorage.key(i));
    } catch {
      this.keeps = false;
    }
    return log;
  }

  take(log, key) {
    if (!key.startsWith(this.prefix)) return null;
    try {
      const record = JSON.parse(localStorage.getItem(key));
      if (!this.byPrint.has(record.fingerprint)) return null;
      log.set(key, record);
      return record;
    } catch {
      return null; // not ours
    }
  }

  apply(record) {
    const { decision, label, reason, note, decided_at } = record;
    this.byPrint.get(record.fingerprint).decision =
      decision === "undo" ? null : { decision, label, reason, note, decided_at };
  }

  whenElsewhere(act) {
    window.addEventListener("storage", ({ key, newValue }) => {
      const record = key === null || newValue === null ? null : this.take(this.log, key);
      if (record === null) return;
      this.apply(record);
      act(record.fingerprint, this.byPrint.get(record.fingerprint).decision);
    });
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
      scan: item.scan ?? null,
      blind: asked.blind,
      seen: { given: item.given_label, suggested: item.suggested_label, label_quality: item.label_quality },
      tool_version: this.data.tool_version,
    };
    const order = String(this.log.size).padStart(7, "0");
    this.write(`${this.prefix}${now}/${order}/${Math.random()}`, record);
    this.apply(record);
    return this.progress();
  }

  /** A full or forbidden storage must not stop the reviewer: the page keeps it, and says so. */
  write(key, record) {
    try {
      localStorage.setItem(key, JSON.stringify(record));
    } catch {
      this.keeps = false;
      this.loose += 1;
    }
    this.log.set(key, record);
  }

  records() {
    return [...this.log.keys()].sort().map((key) => this.log.get(key));
  }

  async progress() {
    return progressOf(this.items, this.records());
  }

  remember() {
    // the decisions themselves tell
  }

  /** What undo takes back, step by step: what came in a batch goes together. */
  recent() {
    const decided = this.items.filter((item) => item.decision !== null).sort(byTime);
    const steps = [];
    for (const item of decided) {
      const before = steps.at(-1)?.[0];
      const together = [item, before].every((one) => one?.decision.note === this.data.batch_note);
      if (together && pairOf(item) === pairOf(before)) steps.at(-1).push(item);
      else steps.push([item]);
    }
    return steps;
  }

  facets() {
    return facetsOf(this.items, this.data.blind);
  }

  get reviewer() {
    try {
      return localStorage.getItem(NAME_KEY);
    } catch {
      return null;
    }
  }

  set reviewer(name) {
    try {
      localStorage.setItem(NAME_KEY, name);
    } catch {
      // then it is asked for again
    }
  }

  /** The decisions as `decisions.jsonl` has them. */
  lines(reviewer) {
    this.loose = 0;
    return this.records().map((record) => `${JSON.stringify({ ...record, reviewer })}\n`).join("");
  }
}
