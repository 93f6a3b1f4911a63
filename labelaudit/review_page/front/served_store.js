// Items and decisions with the server; it answers when a decision is on the disk.

const PATIENCE = 20_000;
const RECENT = 20;
const GONE = "the server does not answer. Is `labelaudit review serve` still running?";
const SHUT_OUT =
  "labelaudit review serve was started anew and does not know this window. Close it and open the address that is printed now";
const SLOW = "the server has not answered for 20 seconds";

/** The reviewer has decided in a window that this one knows nothing of. */
class SaidElsewhere extends Error {
  constructor(said) {
    super("it was decided in another window");
    this.said = said;
  }
}

/** The server was started again: this window's address is no longer let in, whatever is tried. */
class ShutOut extends Error {
  constructor() {
    super(SHUT_OUT);
  }
}

class ServedStore {
  constructor(data) {
    this.data = data;
    this.seen = new Map();
    this.recentKey = `labelaudit/${data.audit}/recent`;
    this.keeps = true;
    this.loose = 0;
    this.windows = new BroadcastChannel(`labelaudit/${data.audit}`);
  }

  /** A server that is gone or stuck is said in words; what was asked twice is kept twice, which does no harm. */
  async ask(path, init = {}) {
    const signal = AbortSignal.timeout(PATIENCE);
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", cache: "no-store", signal, ...init });
    } catch (error) {
      throw new Error(error.name === "TimeoutError" ? SLOW : GONE);
    }
    if (response.status === 409) throw new SaidElsewhere((await response.json()).said);
    if (response.status === 403) throw new ShutOut();
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
    const known = asked.decision === "undo" ? null : (item.decision?.decision ?? "nothing");
    const answer = await this.ask("api/decisions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ fingerprint: item.fingerprint, known, ...asked }),
    });
    const { decision, label, reason, note } = asked;
    item.decision =
      decision === "undo" ? null : { decision, label, reason, note, decided_at: new Date().toISOString() };
    this.windows.postMessage({ fingerprint: item.fingerprint, decision: item.decision });
    return answer.progress;
  }

  whenElsewhere(act) {
    this.windows.onmessage = ({ data: { fingerprint, decision } }) => {
      const item = this.seen.get(fingerprint);
      if (item !== undefined) item.decision = decision;
      act(fingerprint, decision);
    };
  }

  progress() {
    return this.ask("api/progress");
  }

  /** The last steps outlive a reload; of a batch it is enough to know which items it was. */
  remember(history) {
    const steps = history.slice(-RECENT).map((step) => (step.length > 1 ? step.map(slim) : step));
    try {
      sessionStorage.setItem(this.recentKey, JSON.stringify(steps));
    } catch {
      // undo then ends at a reload
    }
  }

  recent() {
    try {
      return (JSON.parse(sessionStorage.getItem(this.recentKey)) ?? []).filter(Array.isArray);
    } catch {
      return [];
    }
  }

  facets() {
    return this.data.facets ?? facetsOf(this.seen.values(), this.data.blind);
  }
}

function slim({ fingerprint, queue, draw_prob, decision }) {
  return { fingerprint, queue, draw_prob, decision };
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
