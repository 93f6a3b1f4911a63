// Which items a filter leaves, and what there is to filter by.

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

/** Blind there are no pairs: the first label of one is the given. */
function facetsOf(items, blind) {
  const facets = { pairs: new Map(), rules: new Map(), splits: new Map() };
  const add = (map, key) => key !== null && map.set(key, (map.get(key) ?? 0) + 1);
  for (const item of items) {
    if (!blind) add(facets.pairs, pairOf(item));
    item.rules.forEach((rule) => add(facets.rules, rule));
    add(facets.splits, item.split);
  }
  return Object.fromEntries(
    Object.entries(facets).map(([name, map]) => [name, [...map].sort((a, b) => b[1] - a[1])]),
  );
}
