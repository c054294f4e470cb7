// Writing the floor's cards into the page's own markup: panel and big screen alike. All words come from the page.

import { flagPicture } from "../web/flags.js";
import { setTime } from "../web/times.js";
import { blank, inLanguage } from "../web/words.js";
import { isOpenPoint } from "./turns.js";

/** Text into a part; without text it is left out. */
export function write(node, text) {
  if (!node) return;
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

function flag({ country, name }) {
  const node = document.createElement("span");
  node.className = "flag";
  const words = document.createElement("span");
  words.className = "flag-name";
  words.dir = "auto";
  words.textContent = inLanguage(name);
  node.append(...[flagPicture(country), words].filter(Boolean));
  return node;
}

function person(name) {
  const node = document.createElement("span");
  node.className = "person-name";
  node.dir = "auto";
  node.textContent = name;
  return node;
}

/** The delegation with its flag, else the person. Written anew only for somebody else: a flag would be fetched again. */
export function writeWho(node, { delegation, name }) {
  const who = delegation ? `${delegation.country} ${inLanguage(delegation.name)}` : name;
  if (node.dataset.is === who) return;
  node.dataset.is = who;
  node.replaceChildren(delegation ? flag(delegation) : person(name));
}

export function writeState(node, state, words) {
  const word = node.querySelector(".state");
  if (word.dataset.state !== state) word.dataset.state = state;
  if (word.textContent !== words) word.textContent = words;
}

/** "Speaking", "Clock stopped by a point of order". */
export function stateWords(card, words) {
  return (card.state === "paused" && words(`stopped.${card.stopped_by}`)) || words(`state.${card.state}`);
}

/** Name, function, theme, kind and mode of a turn, wherever the markup has a place for them. */
export function writeTurn(node, card, words) {
  const part = (name) => node.querySelector(`[data-${name}]`);
  writeWho(part("who"), card);
  write(part("person"), card.delegation ? card.name : "");
  write(part("function"), card.function);
  write(part("theme"), inLanguage(card.theme) ?? "");
  write(part("kind"), words(`kind.${card.kind}`));
  write(part("mode"), words(`mode.${card.mode}`));
}

/** When they can expect the floor (ISO 8601, or nothing); past that moment, soon. */
export function writeExpected(node, moment, now) {
  const [at, soon] = [node.querySelector("[data-expected]"), node.querySelector("[data-soon]")];
  if (moment) setTime(at.querySelector("time"), moment);
  const isDue = Boolean(moment) && Date.parse(moment) <= now;
  at.hidden = !moment || isDue;
  soon.hidden = !isDue;
}

export function writePoint(node, card, words, say) {
  node.hidden = !card;
  if (!card) return;
  node.dataset.state = card.state;
  node.toggleAttribute("data-open", isOpenPoint(card));
  writeState(node, card.state, words(`point.${card.state}`));
  writeWho(node.querySelector("[data-point-who]"), card);
  const by = card.appealed_by && inLanguage(card.appealed_by.name);
  write(node.querySelector("[data-appealed]"), by ? say(words("appealed.by"), { name: by }) : "");
  write(node.querySelector("[data-ruling]"), card.ruling);
}

/** Makes a list show these turns, or cards of another `kind`, in this order. Items that are there already are kept, and with them flags and focus. */
export function list(parent, root, cards, fill, kind = "turn") {
  const there = new Map([...parent.children].map((item) => [Number(item.dataset[kind]), item]));
  const items = cards.map((card, place) => {
    const item = there.get(card.id) ?? blank(root, kind);
    item.dataset[kind] = card.id;
    fill(item, card, place);
    return item;
  });
  for (const item of there.values()) if (!items.includes(item)) item.remove();
  items.forEach((item, place) => {
    if (parent.children[place] !== item) parent.insertBefore(item, parent.children[place] ?? null);
  });
}
