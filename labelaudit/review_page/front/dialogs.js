// What is asked in small windows: a reason, a note, a filter, a batch, a name; and the help.

const SHORTCUTS = [
  ["1 2", "the first, the second label"],
  ["3", "both are right"],
  ["4", "neither is right"],
  ["5", "another class: type to find it"],
  ["space", "skip"],
  ["u", "undo the last decision, or the last batch"],
  ["r", "reason"],
  ["n", "note"],
  ["b", "accept a class pair in a batch, where offered"],
  ["/", "filter"],
  ["← →", "move without deciding"],
  ["?", "this help"],
];

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

/** What was typed is kept however the window is left. */
function askNote(note) {
  const typed = (dialog) => dialog.querySelector("textarea").value.trim() || null;
  const fill = (close, dialog) => {
    const area = el("textarea", { rows: 4, autofocus: true, "aria-label": "Note", maxlength: 2000 });
    area.value = note ?? "";
    const keep = () => close(typed(dialog));
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        keep();
      }
    });
    return [area, el("p", { class: "dim" }, "Enter or Escape keeps it, with the decision on the item; Shift+Enter starts a line."), buttons(["Keep", keep, true])];
  };
  return ask("Note", fill, "", typed);
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
    undecided.addEventListener("keydown", (event) => event.key === "Enter" && close(asked));
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
    el("p", { class: "dim" }, "Each gets a decision of its own with the note that it came in a batch. One undo takes them all back."),
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
