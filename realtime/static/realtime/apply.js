// What a page does with what it is told. The same few lines for every event there is and will be,
// in Python for the tests (tests/conftest.py) and here for pages; recordings of the one are replayed in the other.

/** Sets each card, or removes it where the event carries nothing for it. `cards` is a Map and is changed. */
export function apply(cards, event) {
  for (const [key, card] of Object.entries(event.cards)) {
    if (card === null) cards.delete(key);
    else cards.set(key, card);
  }
}

/** Takes over absolute counts; an older version is dropped. `tallies` is a Map and is changed. */
export function applyTallies(tallies, told) {
  for (const [key, counts] of Object.entries(told)) {
    if (!tallies.has(key) || tallies.get(key).version < counts.version) tallies.set(key, counts);
  }
}
