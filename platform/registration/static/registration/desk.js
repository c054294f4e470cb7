// The secretariat's list: rows follow what happens to their applications, and new ones take their place among them.

import { live } from "../realtime/live.js";
import { watchLink } from "../web/status.js";

const page = document.querySelector("[data-applications]");
const rows = page.querySelector("[data-rows]");
const blank = page.querySelector("template[data-blank]");
const filters = document.querySelector("[data-filters]").elements;
const count = document.querySelector("[data-count]");
const isFirstPage = page.dataset.page === "1";

/** What the page calls it: the words of a select's option. */
function words(filter, value) {
  return [...filters[filter].options].find((option) => option.value === String(value))?.textContent ?? "";
}

/** Whether the list, as it is narrowed down, holds this card. The server looks in more than the name; so does a reload. */
function isWanted(card) {
  const asked = {
    status: card.status,
    category: card.category_id,
    delegation: card.delegation_id ?? "",
    attendance: card.attendance,
  };
  const fits = Object.entries(asked).every(([filter, value]) => ["", String(value)].includes(filters[filter].value));
  const typed = filters.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  return fits && typed.every((word) => card.name.toLowerCase().includes(word));
}

function show(row, card) {
  write(row.querySelector("[data-name]"), card.name);
  write(row.querySelector("[data-attendance]"), words("attendance", card.attendance));
  const state = row.querySelector(".state");
  if (state.dataset.state === card.status) return;
  state.dataset.state = card.status;
  // Where they stood in line is so no longer; where they stand now, the page says when it is opened anew.
  row.querySelector("[data-place]")?.remove();
  write(state, words("status", card.status));
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function fresh(card) {
  const row = blank.content.firstElementChild.cloneNode(true);
  const name = row.querySelector("[data-name]");
  row.dataset.application = card.id;
  row.dataset.fresh = "";
  name.id = `name-${card.id}`;
  name.href = page.dataset.address.replace("/0/", `/${card.id}/`);
  const tick = row.querySelector("input");
  tick.value = card.id;
  tick.setAttribute("aria-labelledby", name.id);
  write(row.querySelector("[data-category]"), words("category", card.category_id));
  write(row.querySelector("[data-delegation]"), card.delegation_id ? words("delegation", card.delegation_id) : "");
  row.querySelector("[data-between]").hidden = !card.delegation_id;
  return row;
}

/** The row that stands below an application: the first one that is older, or null at the end. */
function olderThan(card) {
  // Who comes onto the waiting list is the last there.
  if ("inLine" in rows.dataset) return null;
  return [...rows.children].find((row) => Number(row.dataset.application) < card.id) ?? null;
}

function take(card) {
  let row = rows.querySelector(`[data-application="${card.id}"]`);
  // Rows that no longer fit stay where they are until the page is opened anew: nothing goes away under the hand.
  if (!row) {
    const below = olderThan(card);
    const isOfLaterPage = below === null && rows.children.length >= Number(page.dataset.aPage);
    if (!isFirstPage || isOfLaterPage || !isWanted(card)) return;
    row = fresh(card);
    rows.insertBefore(row, below);
    count.dataset.count = Number(count.dataset.count) + 1;
    count.textContent = Number(count.dataset.count).toLocaleString(`${document.documentElement.lang}-u-nu-latn`);
    page.querySelector("[data-empty]").hidden = true;
    page.querySelector("[data-several]").hidden = false;
  }
  show(row, card);
}

page.querySelector("[data-scripted]").hidden = false;
page.querySelector("[data-tick-all]").addEventListener("click", () => {
  const ticks = [...rows.querySelectorAll("input[name=ticked]")];
  const isAll = ticks.every((tick) => tick.checked);
  for (const tick of ticks) tick.checked = !isAll;
  countTicked();
});
rows.addEventListener("change", countTicked);
countTicked();

function countTicked() {
  const number = rows.querySelectorAll("input[name=ticked]:checked").length;
  write(page.querySelector("[data-ticked-count]"), number ? String(number) : "");
}

watchLink(live);
live.follow(page.dataset.topic, {
  at: page.dataset.at,
  changed(cards, event) {
    const keys = Object.keys(event.cards);
    for (const card of keys.map((key) => cards.get(key)).filter(Boolean).sort((a, b) => a.id - b.id)) take(card);
  },
});
