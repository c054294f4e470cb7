// What the desk tells delegations, on a delegation's page and at the desk: one list of cards, what is not read first.

import { hush, say as tell } from "../web/status.js";
import { setTime } from "../web/times.js";
import { inLanguage, say } from "../web/words.js";
import { list, write, writeWho } from "./writing.js";

const READ_SHOWN = { own: 2, desk: 10 };
const SAID_FOR = 4_000; // ms in which a message is heard, before what it covers is free again
const byNumber = (one, other) => other.id - one.id;
const isRead = (card) => card.acknowledged_at !== null;

/** Those that are not read, the newest first, then those that are; `most` of these. */
function inOrder(cards, most) {
  const read = cards.filter(isRead).sort((one, other) => other.acknowledged_at.localeCompare(one.acknowledged_at) || byNumber(one, other));
  return [...cards.filter((card) => !isRead(card)).sort(byNumber), ...read.slice(0, most)];
}

/** What it says in the page's language. */
export const wordsOf = (card) => [inLanguage(card.phrase), card.text].filter(Boolean).join(" ");

/** Says what the desk wants wherever on the page one is, until one looks at the list of messages, `box`. */
export function tellUntilSeen(box, words) {
  tell(say(box.dataset.saysNew, { words }), { tone: "warn", stays: true });
  const inView = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    inView.disconnect();
    setTimeout(hush, SAID_FOR);
  });
  inView.observe(box);
}

/**
 * Keeps the list of `[data-notices]` under `root` as its cards are. `isOwn`: a delegation's page, else the desk's;
 * `came(card)` and `read(card)` are told of what came and what was read while the page was open.
 */
export function watchNotices(root, live, { isOwn, came = () => {}, read = () => {} }) {
  const box = root.querySelector("[data-notices]");
  if (!box) return;
  const parent = isOwn ? box.querySelector("[data-list]") : box;
  const known = new Map(); // id -> whether it was read, as the page has it
  for (const item of parent.children) known.set(Number(item.dataset.notice), "read" in item.dataset);

  live.follow(box.dataset.topic, {
    changed(cards) {
      const told = [...cards.values()];
      for (const card of told) {
        if (!known.has(card.id) && !isRead(card)) came(card);
        if (known.get(card.id) === false && isRead(card)) read(card);
        known.set(card.id, isRead(card));
      }
      draw(inOrder(told, isOwn ? READ_SHOWN.own : READ_SHOWN.desk));
    },
  });

  function draw(shown) {
    const focused = parent.contains(document.activeElement) ? document.activeElement : null;
    list(parent, root, shown, fill, "notice");
    if (isOwn) box.hidden = !shown.length;
    // A button that has done its work is gone: whoever pressed it goes on with the next one.
    if (focused?.hidden || focused?.isConnected === false) (parent.querySelector("button:not([hidden])") ?? box.querySelector("h2")).focus();
  }

  function fill(item, card) {
    item.toggleAttribute("data-read", isRead(card));
    if (!isOwn) {
      writeWho(item.querySelector("[data-who]"), card);
      writeTime(item.querySelector("[data-sent]"), card.sent_at);
    }
    write(item.querySelector("[data-phrase]"), inLanguage(card.phrase));
    write(item.querySelector("[data-text]"), card.text);
    const state = item.querySelector(".state");
    state.dataset.state = isRead(card) ? "done" : "pending";
    write(state, isRead(card) ? box.dataset.saysRead : box.dataset.saysUnread);
    write(item.querySelector("[data-reader]"), card.acknowledged_by);
    writeTime(item.querySelector("[data-at]"), card.acknowledged_at ?? (isOwn ? card.sent_at : null));
    const button = item.querySelector("button");
    if (button) [button.value, button.hidden] = [card.id, isRead(card)];
  }

  function writeTime(node, moment) {
    if (!moment) return node.replaceChildren();
    const time = node.querySelector("time") ?? document.createElement("time");
    Object.assign(time.dataset, { zone: box.dataset.zone, form: "time" });
    if (!time.isConnected) node.replaceChildren(time);
    setTime(time, moment);
  }
}
