// Sessions on open pages: from a card, the words in the page's language. What is shown is changed in place.

import { localise, spanIn } from "../web/times.js";

const words = document.getElementById("session-words").dataset;
const language = document.documentElement.lang;

export const isOn = (card) => card.state === "live" || card.state === "suspended";
export const address = (id) => words.address.replace("/0/", `/${id}/`);
export const changedWords = words.changed;

/** The text in the page's language, else in English, else in any. */
export function inWords(texts) {
  return texts[language] ?? texts.en ?? Object.values(texts)[0] ?? "";
}

/** Sessions as a programme lists them: by room where they are on, by time where they come. */
export function byRoom(a, b) {
  return a.room_position - b.room_position || a.room_id - b.room_id || a.id - b.id;
}

export function byTime(a, b) {
  return a.starts_at.localeCompare(b.starts_at) || byRoom(a, b);
}

/** Writes a card into what already shows its session. */
export function show(node, card) {
  node.dataset.session = card.id;
  if ("state" in node.dataset) node.dataset.state = card.state;
  const state = node.querySelector(".state");
  if (state && state.dataset.state !== card.state) {
    state.dataset.state = card.state;
    state.textContent = words[`state${card.state[0].toUpperCase()}${card.state.slice(1)}`];
  }
  write(node.querySelector("[data-title]"), inWords(card.title));
  write(node.querySelector("[data-room]"), inWords(card.room));
  const span = node.querySelector(".span[data-form=short]");
  if (span && (span.dataset.from !== card.starts_at || span.dataset.to !== card.ends_at)) fillSpan(span, card);
}

function write(node, text) {
  if (node && node.textContent.trim() !== text) node.textContent = text;
}

/** Makes the list show exactly these cards in this order; what is there already is kept, so focus stays. */
export function list(parent, blank, cards) {
  const there = new Map([...parent.children].map((node) => [Number(node.dataset.session), node]));
  const nodes = cards.map((card) => {
    const node = there.get(card.id) ?? fresh(blank, card);
    show(node, card);
    return node;
  });
  for (const [id, node] of there) if (!cards.some((card) => card.id === id)) node.remove();
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
}

function fresh(blank, card) {
  const node = blank.content.firstElementChild.cloneNode(true);
  node.querySelector("a").href = address(card.id);
  return node;
}

function fillSpan(span, card) {
  span.dataset.from = card.starts_at;
  span.dataset.to = card.ends_at;
  span.textContent = spanIn(span.dataset.zone, new Date(card.starts_at), new Date(card.ends_at));
  delete span.dataset.localised;
  localise(span.parentElement);
}
