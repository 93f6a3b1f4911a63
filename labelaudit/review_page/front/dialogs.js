// Small windows: each is made when it opens, gives its answer to a promise, and is gone.

const SHOWN_CLASSES = 60;
const SHORTCUTS = [
  ["1 2", "the first, the second label"],
  ["3", "both are right"],
  ["4", "neither is right"],
  ["5", "another class: type to find it"],
  ["space", "skip"],
  ["u", "undo the last decision"],
  ["r", "reason"],
  ["n", "note"],
  ["b", "accept a class pair in a batch, where offered"],
  ["/", "filter"],
  ["← →", "move without deciding"],
  ["?", "this help"],
];

/** Show a dialog; `fill(close)` makes its content, `close(answer)` ends it, Escape answers undefined. */
function ask(title, fill, className = "") {
  return new Promise((resolve) => {
    const heading = el("h2", { id: "dialog-title" }, title);
    const dialog = el("dialog", { class: className, "aria-labelledby": "dialog-title" }, heading);
    // At once, not with the event that follows: the next key may come before that.
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    dialog.append(...fill(close, dialog));
    dialog.addEventListener("cancel", () => close());
    dialog.addEventListener("close", () => close());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
}

function buttons(...pairs) {
  const made = pairs.map(([name, act, primary]) => {
    const button = el("button", { type: "button", class: primary ? "primary" : null }, name);
    button.addEventListener("click", act);
    return button;
  });
  return el("p", { class: "buttons" }, ...made);
}

/** Find a class by typing; what begins with the typed text comes first. */
function askClass(classes) {
  return ask("Another class", (close) => {
    const input = el("input", {
      id: "class-typed",
      type: "text",
      role: "combobox",
      autofocus: true,
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Class",
      "aria-controls": "class-list",
      "aria-expanded": "true",
      "aria-autocomplete": "list",
    });
    const list = el("ul", { id: "class-list", role: "listbox", "aria-label": "Classes" });
    let found = [];
    let active = 0;
    const mark = (to) => {
      active = Math.max(0, Math.min(to, list.children.length - 1));
      [...list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === active)));
      list.children[active]?.scrollIntoView({ block: "nearest" });
      if (found.length) input.setAttribute("aria-activedescendant", `class-${active}`);
      else input.removeAttribute("aria-activedescendant");
    };
    const search = () => {
      found = foundClasses(classes, input.value).slice(0, SHOWN_CLASSES);
      list.replaceChildren(
        ...found.map((name, i) => el("li", { id: `class-${i}`, role: "option", "data-i": i }, labelNode(name))),
      );
      mark(0);
    };
    input.addEventListener("input", search);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && found.length) {
        event.preventDefault();
        close(found[active]);
      }
    });
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) close(found[Number(option.dataset.i)]);
    });
    search();
    return [input, list, el("p", { class: "dim" }, "Enter takes the marked class, Escape goes back.")];
  });
}

function foundClasses(classes, typed) {
  const text = typed.trim().toLocaleLowerCase();
  const rank = (name) => {
    const at = name.toLocaleLowerCase().indexOf(text);
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  return classes.filter((name) => rank(name) < 2).sort((a, b) => rank(a) - rank(b));
}

/** A reason by its number; null takes it away. */
function askReason(reasons, chosen) {
  return ask("Reason", (close, dialog) => {
    const choices = [...reasons.map((reason, i) => [String(i + 1), words(reason), reason]), ["0", "none", null]];
    const menu = choices.map(([key, name, reason], i) => {
      const button = el(
        "button",
        { type: "button", "aria-pressed": String(chosen === reason), "aria-keyshortcuts": key, autofocus: i === 0 },
        el("kbd", {}, key),
        ` ${name}`,
      );
      button.addEventListener("click", () => close(reason));
      return button;
    });
    dialog.addEventListener("keydown", (event) => {
      const picked = choices.find(([key]) => key === event.key);
      if (picked) close(picked[2]);
    });
    return [el("div", { class: "menu" }, ...menu)];
  });
}

function askNote(note) {
  return ask("Note", (close) => {
    const area = el("textarea", { rows: 4, autofocus: true, "aria-label": "Note", maxlength: 2000 });
    area.value = note ?? "";
    const keep = () => close(area.value.trim() || null);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        keep();
      }
    });
    return [area, el("p", { class: "dim" }, "Enter keeps it, Shift+Enter starts a line."), buttons(["Keep", keep, true])];
  });
}

function askFilter(filter, facets, ruleNames) {
  const asked = { ...filter };
  return ask("Filter", (close) => {
    const select = (name, title, options, label) => {
      const field = el("select", { id: `filter-${name}`, autofocus: name === "pair" }, el("option", { value: "" }, "all"));
      for (const [value, n] of options) field.append(el("option", { value }, `${label(value)} (${n})`));
      field.value = asked[name] ?? "";
      field.addEventListener("change", () => (asked[name] = field.value || null));
      return el("label", {}, el("span", {}, title), field);
    };
    const undecided = el("input", { id: "filter-undecided", type: "checkbox" });
    undecided.checked = asked.undecided;
    undecided.addEventListener("change", () => (asked.undecided = undecided.checked));
    return [
      facets.pairs.length ? select("pair", "Class pair", facets.pairs, pairText) : null,
      facets.rules.length ? select("rule", "Rule", facets.rules, (code) => `${code} ${ruleNames[code] ?? ""}`.trim()) : null,
      facets.splits.length ? select("split", "Split", facets.splits, visible) : null,
      el("label", { class: "check" }, undecided, "only undecided"),
      buttons(
        ["Show", () => close(asked), true],
        ["Show all", () => close({ pair: null, rule: null, split: null, undecided: false })],
      ),
    ].filter(Boolean);
  });
}

function pairText(pair) {
  const [given, suggested] = JSON.parse(pair);
  return `${labelText(given)} → ${labelText(suggested)}`;
}

function askHelp(data, keys) {
  return ask("Keys", (close) => {
    const list = SHORTCUTS.flatMap(([key, what]) => [
      el("dt", {}, ...key.split(" ").map((one) => el("kbd", {}, one))),
      el("dd", {}, what),
    ]);
    const on = el("input", { type: "checkbox", id: "keys-on" });
    on.checked = keys.on;
    on.addEventListener("change", () => (keys.on = on.checked));
    const kept = data.mode === "static" ? "in this browser; Download writes them to a file" : "on the disk before the page moves on";
    return [
      el("dl", { class: "keys" }, ...list),
      el("label", { class: "check" }, on, "single keys decide"),
      el("p", { class: "dim" }, `Decisions are kept ${kept}.`),
      buttons(["Close", () => close(), true]),
    ];
  });
}

function askBatch(pair, n) {
  return ask("Accept a batch", (close) => [
    el("p", {}, `Give ${count(n, "undecided item")} of ${pairText(pair)} the suggested label, unseen?`),
    el("p", { class: "dim" }, "Each gets a decision of its own with the note that it came in a batch. Undo takes back one at a time."),
    buttons([`Accept ${n.toLocaleString("en")}`, () => close(true), true], ["Not now", () => close()]),
  ]);
}

function askName(name) {
  return ask("Your name", (close) => {
    const input = el("input", { type: "text", id: "reviewer", autofocus: true, "aria-label": "Your name", autocomplete: "name" });
    input.value = name ?? "";
    const take = () => input.value.trim() && close(input.value.trim());
    input.addEventListener("keydown", (event) => event.key === "Enter" && take());
    return [input, el("p", { class: "dim" }, "It stands beside each decision, so that several reviewers can be merged."), buttons(["Download", take, true])];
  });
}
