// A small window: it is made when it opens, gives its answer to a promise, and is gone.

/** Show a dialog; `fill(close)` makes its content, `close(answer)` ends it; Escape answers what `left` tells. */
function ask(title, fill, className = "", left = () => undefined) {
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
    dialog.addEventListener("cancel", () => close(left(dialog)));
    dialog.addEventListener("close", () => close(left(dialog)));
    dialog.addEventListener("click", (event) => event.target === dialog && close(left(dialog)));
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
