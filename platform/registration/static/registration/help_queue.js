// The order of the queue and how long somebody waits, apart from the page so that they can be tried without one.

/** Untaken calls first, and of each the oldest; `items` carry data-order, data-made and data-key. */
export function inOrder(items) {
  const number = (item) => Number(item.dataset.key.split(".")[1]);
  return [...items].sort((a, b) =>
    a.dataset.order - b.dataset.order || a.dataset.made - b.dataset.made || number(a) - number(b));
}

/** Whole minutes since a moment in seconds since 1970; null where nobody waits ("" ). `now` in milliseconds. */
export function minutesSince(since, now) {
  return since ? Math.max(0, Math.floor((now / 1000 - Number(since)) / 60)) : null;
}
