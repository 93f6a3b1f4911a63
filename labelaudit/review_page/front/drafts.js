// Notes and reasons of undecided items: they wait in this browser until they go with a decision.

class Drafts {
  constructor({ audit, reviewer }) {
    this.prefix = `labelaudit-drafts/${audit}/${reviewer}/`;
    this.waiting = new Map();
    this.keeps = true; // whether the browser does
    try {
      const names = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
      names.forEach((key) => this.read(key));
    } catch {
      this.keeps = false;
    }
  }

  read(key) {
    try {
      const { reason, note } = JSON.parse(localStorage.getItem(key));
      this.waiting.set(key.slice(this.prefix.length), { reason, note });
    } catch {
      // not ours
    }
  }

  of(item) {
    return this.waiting.get(item.fingerprint) ?? null;
  }

  set(item, { reason, note }) {
    if (!reason && !note) return this.drop(item);
    this.waiting.set(item.fingerprint, { reason, note });
    try {
      localStorage.setItem(this.prefix + item.fingerprint, JSON.stringify({ reason, note }));
    } catch {
      this.keeps = false;
    }
  }

  drop(item) {
    if (!this.waiting.delete(item.fingerprint)) return;
    try {
      localStorage.removeItem(this.prefix + item.fingerprint);
    } catch {
      // it was never there
    }
  }

  /** Whether leaving the page loses one. */
  get loose() {
    return !this.keeps && this.waiting.size > 0;
  }
}
