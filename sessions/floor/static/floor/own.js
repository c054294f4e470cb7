// One's own place on the list: where it stands, whether one is asked to be ready, and what is told about it at once.

import { blank, inLanguage, say } from "../web/words.js";
import { holds } from "./turns.js";
import { writeExpected } from "./writing.js";

const ASKED_WHETHER_READY = 3;

/** Whose turns are one's own: those of the delegation one speaks for, and those one asked for in one's own name. */
export class Mine {
  constructor({ voice, own }) {
    this.voice = Number(voice);
    this.own = new Set(own.split(" ").filter(Boolean).map(Number));
  }

  has(card) {
    return card.delegation ? card.delegation.id === this.voice : this.own.has(card.id);
  }

  /** What one has a turn for that is not over, so that asking again would find it. */
  kinds(cards, speakers) {
    const byDelegation = this.voice && speakers === "delegations";
    const mine = (card) => (byDelegation ? this.has(card) : this.own.has(card.id));
    // One that is on a statement is another wish.
    return cards.filter((card) => card.about === null && mine(card)).map((card) => card.kind);
  }
}

/** Where a turn stands, as a key of words with its number; `place` is 1 for whoever is next. */
export function standing(card, place) {
  if (holds(card)) return { key: card.state === "called" ? "called" : "speaking", number: 0 };
  return { key: place <= 3 ? String(place) : "more", number: place };
}

export class OwnPlaces {
  #told = new Map(); // turn's id -> what was told last

  constructor(root, { words, calls }) {
    this.root = root;
    this.list = root.querySelector("[data-own-list]");
    this.words = words;
    this.calls = calls;
  }

  /** `turns` are one's own that are not over, the holder first; `order` the ids of all that wait. */
  draw(turns, { order, expected }, now) {
    for (const item of [...this.list.children]) {
      if (!turns.some((card) => card.id === Number(item.dataset.turn))) item.remove();
    }
    for (const card of turns) {
      const place = order.indexOf(card.id) + 1;
      this.#fill(this.#item(card.id), card, place, expected[card.id], now);
      this.#tell(card, place);
    }
    this.list.hidden = !turns.length;
  }

  #item(id) {
    const item = this.list.querySelector(`[data-turn="${id}"]`) ?? blank(this.root, "own");
    if (!item.isConnected) this.list.append(item);
    item.dataset.turn = id;
    for (const button of item.querySelectorAll("button[value]")) button.value = id;
    for (const link of item.querySelectorAll("[data-of]")) {
      link.dataset.of = id;
      link.href = link.href.replace(/\d+\/(\?.*)?$/, `${id}/`);
    }
    return item;
  }

  #fill(item, card, place, expected, now) {
    const focused = item.contains(document.activeElement) ? document.activeElement : null;
    const show = (act, on) => {
      item.querySelector(`[data-act="${act}"]`).hidden = !on;
    };
    item.dataset.state = card.state;
    item.querySelector("[data-says-place]").textContent = this.#says(card, place);
    item.querySelector("[data-kind]").textContent = this.words(`kind.${card.kind}`);
    writeExpected(item, place ? expected : null, now);
    item.querySelector("[data-answered]").hidden = card.state !== "ready";
    const isAsked = card.state === "inscribed" && place > 0 && place <= ASKED_WHETHER_READY;
    item.querySelector("[data-asks]").hidden = !isAsked;
    const [isCalled, isHere] = [card.state === "called", Boolean(card.here_at)];
    item.querySelector("[data-answered-here]").hidden = !isCalled || !isHere;
    show("here", isCalled && !isHere);
    show("ready", isAsked);
    show("not_ready", card.state === "ready");
    show("yield", card.state === "speaking" || card.state === "paused");
    show("leave", place > 0 && card.kind !== "statement");
    // A button that has done its work is gone: whoever pressed it goes on from the same place.
    if (focused?.closest("[hidden]")) item.querySelector(".actions > :not([hidden]), [data-answered-here]:not([hidden])")?.focus();
  }

  #says(card, place) {
    const { key, number } = standing(card, place);
    return say(this.words(`place.${key}`), { number });
  }

  /** Said at once, over whatever else is read: it is one's turn, or nearly. The rest stands on the page. */
  #tell(card, place) {
    const { key } = standing(card, place);
    const was = this.#told.get(card.id);
    this.#told.set(card.id, key);
    if (was !== undefined && was !== key && key !== "more") this.calls(this.#says(card, place));
  }
}

/** Who has the floor, in a sentence for those who listen; what it was before decides whether it is news. */
export function news(before, view, words) {
  const name = (card) => (card.delegation ? inLanguage(card.delegation.name) : card.name);
  const { holder, point } = view;
  if (point && (point.id !== before.point?.id || point.state !== before.point.state)) {
    if (point.state === "raised") return say(words("tells.point"), { name: name(point) });
    return say(words("tells.ruled"), { name: name(point), ruling: words(`point.${point.state}`) });
  }
  if (!holder) return before.holder ? words("tells.free") : "";
  if (holder.id === before.holder?.id && holder.state === before.holder.state) return "";
  if (holder.state === "called") return say(words("tells.called"), { name: name(holder) });
  return holder.state === "speaking" ? say(words("tells.speaking"), { name: name(holder) }) : words(`stopped.${holder.stopped_by}`) || words(`state.${holder.state}`);
}
