// What the floor, the desk and the stage share: writing a question's card into the page's own markup, and lists
// that keep their order under the reader's hand. All words come from the page.

import { flagPicture } from "../web/flags.js";
import { setTime } from "../web/times.js";
import { inLanguage, say } from "../web/words.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVES_FOR = 150; // ms

/** Writes a card into a list item; `idPrefix` is that of its markup ("question", "desk", "mine"). */
export function fill(item, key, card, { words, idPrefix }) {
  const article = item.querySelector("article");
  const text = item.querySelector("[data-text]");
  item.dataset.key = key;
  item.dataset.id = card.id;
  item.dataset.status = card.status;
  article.id = `${idPrefix}-${card.id}`;
  article.dataset.state = card.status;
  text.id = `${article.id}-text`;
  article.setAttribute("aria-labelledby", text.id);
  text.textContent = card.text;
  setLanguage(text, card.language);
  for (const button of item.querySelectorAll("button[value]")) button.value = card.id;
  item.querySelector("[aria-describedby]")?.setAttribute("aria-describedby", text.id);
  const by = item.querySelector("[data-by]");
  if (by) writeBy(by, card, words);
  const state = item.querySelector(".state");
  state.dataset.state = card.status;
  state.textContent = words(`status.${card.status}`);
  const reason = item.querySelector("[data-reason]");
  if (reason) reason.textContent = card.reason ? words(`reason.${card.reason}`) : "";
  const time = item.querySelector("time");
  if (time) setTime(time, card.asked_at);
}

export function setLanguage(node, code) {
  if (code) node.lang = code;
  else node.removeAttribute("lang");
}

/** Who asks, and for whom: the flag and the delegation first, as the page writes it. */
export function writeBy(node, card, words) {
  const parts = [];
  if (card.delegation) {
    const flag = document.createElement("span");
    flag.className = "flag";
    const name = document.createElement("span");
    name.className = "flag-name";
    name.dir = "auto";
    name.textContent = inLanguage(card.delegation.name);
    flag.append(...[flagPicture(card.delegation.country), name].filter(Boolean));
    parts.push(flag);
    if (card.author) parts.push(" ", person(card.author));
  } else if (card.capacity === "anonymous") {
    parts.push(person(words("anonymous")));
  } else {
    parts.push(person(card.author || words("participant")));
  }
  node.replaceChildren(...parts);
}

function person(name) {
  const node = document.createElement("span");
  node.className = "question-as";
  node.dir = "auto";
  node.textContent = name;
  return node;
}

export function countsOf(item) {
  return {
    votes: Number(item.querySelector("[data-votes]").textContent),
    delegations: Number(item.querySelector("[data-delegations]").textContent),
  };
}

/** A count changes where it stands: nothing moves by it. */
export function setCounts(item, { votes, delegations }) {
  item.querySelector("[data-votes]").textContent = votes;
  item.querySelector("[data-delegations]").textContent = delegations;
}

/** By support, then by age: the order of the server. */
export function bySupport(one, other) {
  return countsOf(other).votes - countsOf(one).votes || Number(one.dataset.id) - Number(other.dataset.id);
}

/** How many have to move at least: all but the longest run of them that is in order already. */
function outOfOrder(places) {
  const runs = [];
  places.forEach((place) => {
    runs.push(1 + Math.max(0, ...runs.filter((_, before) => places[before] < place)));
  });
  return places.length - Math.max(0, ...runs);
}

const HELD_AFTER_TOUCH = 4_000; // ms: a finger does not hover

/**
 * A list whose order changes by itself, but never under a pointer, a finger or the focus: then a button says how many
 * would move, and moves them.
 */
export class OrderedList {
  #touched = 0;
  #timer = null;

  constructor(list, button, compare = bySupport) {
    this.list = list;
    this.button = button;
    this.compare = compare;
    list.addEventListener("pointerleave", () => this.settle());
    list.addEventListener("focusout", () => setTimeout(() => this.settle()));
    list.addEventListener("pointerdown", ({ pointerType }) => {
      if (pointerType === "mouse") return;
      this.#touched = Date.now();
      setTimeout(() => this.settle(), HELD_AFTER_TOUCH + 50);
    });
    button?.addEventListener("click", () => this.reorder());
  }

  get items() {
    return [...this.list.children];
  }

  get held() {
    return (
      (matchMedia("(hover: hover)").matches && this.list.matches(":hover")) ||
      this.list.contains(document.activeElement) ||
      Date.now() - this.#touched < HELD_AFTER_TOUCH
    );
  }

  /** Orders soon, once for all that changed together. */
  settle() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.held) this.#offer();
      else this.reorder();
    });
  }

  #offer() {
    if (!this.button) return;
    const wanted = this.items.sort(this.compare);
    const moved = outOfOrder(this.items.map((item) => wanted.indexOf(item)));
    this.button.hidden = !moved;
    if (moved) this.button.textContent = say(this.button.dataset.reordered, { number: moved });
  }

  reorder() {
    if (this.button) this.button.hidden = true;
    const items = this.items;
    const wanted = [...items].sort(this.compare);
    if (items.every((item, place) => item === wanted[place])) return;
    const were = new Map(items.map((item) => [item, item.getBoundingClientRect().top]));
    const focused = document.activeElement;
    this.list.append(...wanted);
    // Moving a node takes its focus away.
    if (this.list.contains(focused)) focused.focus({ preventScroll: true });
    if (calm.matches) return;
    for (const item of wanted) {
      const by = were.get(item) - item.getBoundingClientRect().top;
      if (by) item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], MOVES_FOR);
    }
  }
}
