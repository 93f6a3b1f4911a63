"use strict";
// Only convenience: sorting and filtering. The page is whole without it.
const tools = document.getElementById("tools");
if (tools) {
  const list = document.getElementById("cards");
  const cards = [...list.children];
  const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
  const told = tools.querySelector("output");
  const orders = {
    rank: (a, b) => a.dataset.rank - b.dataset.rank,
    pair: (a, b) => a.dataset.pair.localeCompare(b.dataset.pair) || orders.rank(a, b),
    id: (a, b) => a.dataset.id.localeCompare(b.dataset.id, undefined, { numeric: true }) || orders.rank(a, b),
  };
  const fits = (card, wanted) =>
    (!wanted.pair || card.dataset.pair === wanted.pair) &&
    (!wanted.split || card.dataset.split === wanted.split) &&
    (!wanted.rule || card.dataset.rule.split(" ").includes(wanted.rule)) &&
    texts.get(card).includes(wanted.find.toLowerCase());
  const show = () => {
    const wanted = Object.fromEntries(new FormData(tools));
    let shown = 0;
    for (const card of cards) {
      card.hidden = !fits(card, wanted);
      shown += !card.hidden;
    }
    told.textContent = `${shown} of ${cards.length} shown`;
  };
  tools.hidden = false;
  tools.addEventListener("input", show);
  tools.elements.order.addEventListener("change", () => list.append(...cards.sort(orders[tools.elements.order.value])));
  tools.addEventListener("submit", (event) => event.preventDefault());
  show();
}
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const number = (text) => (text.trim() === "" ? -1 : Number.parseFloat(text.replaceAll(",", "")));
  for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("n");
      const down = head.ariaSort ? head.ariaSort === "ascending" : numeric;
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const cell = (row) => row.cells[column].textContent;
      const compare = (a, b) => (numeric ? number(cell(a)) - number(cell(b)) : cell(a).localeCompare(cell(b)));
      body.append(...[...body.rows].sort((a, b) => (down ? compare(b, a) : compare(a, b))));
    });
  }
}
