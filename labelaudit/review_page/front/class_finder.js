// Another class, found by typing.

const SHOWN_CLASSES = 60;

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
    const told = el("p", { id: "class-count", class: "dim", role: "status" });
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
      const all = foundClasses(classes, input.value);
      found = all.slice(0, SHOWN_CLASSES);
      list.replaceChildren(
        ...found.map((name, i) => el("li", { id: `class-${i}`, role: "option", "data-i": i }, labelNode(name))),
      );
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      told.textContent = foundText(all.length);
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
    return [input, list, told];
  });
}

function foundText(n) {
  if (n === 0) return "No class has this in its name.";
  const more = n > SHOWN_CLASSES ? `${SHOWN_CLASSES} of ${n.toLocaleString("en")} classes: type on to find the others. ` : "";
  return `${more}Enter takes the marked class, Escape goes back.`;
}

function foundClasses(classes, typed) {
  const text = typed.trim().toLocaleLowerCase();
  const rank = (name) => {
    const at = name.toLocaleLowerCase().indexOf(text);
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  return classes.filter((name) => rank(name) < 2).sort((a, b) => rank(a) - rank(b));
}
