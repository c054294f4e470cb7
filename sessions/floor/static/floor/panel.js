// The floor on a session's page: drawn anew from its cards whenever one of them changes.

import { live } from "../realtime/live.js";
import { hush } from "../web/status.js";
import { say, wordsOf } from "../web/words.js";
import { watchActs } from "./acts.js";
import { FloorClock } from "./clock.js";
import { tellUntilSeen, watchNotices, wordsOf as wordsOfNotice } from "./notices.js";
import { Mine, news, OwnPlaces } from "./own.js";
import { holds, isOpen, look } from "./turns.js";
import { askerOf, drawPoints, drawWishes } from "./wishes.js";
import { list, stateWords, writeExpected, writePoint, writeState, writeTurn } from "./writing.js";

const NEXT = 3;
const LOOKED_AT_EVERY = 30_000; // ms: what is expected may be past
const POINT_AMBER = 10_000; // ms

const root = document.querySelector("[data-hall]");
const page = root.dataset;
const words = wordsOf(root);
const part = (name) => root.querySelector(`[data-${name}]`);
const mine = new Mine(page);
const own = new OwnPlaces(root, { words, calls: (text) => (part("calls").textContent = text) });
const clocks = {
  holder: new FloorClock(root.querySelector("[data-holder] [data-clock]"), { time: live }),
  point: new FloorClock(root.querySelector("[data-point] [data-clock]"), { time: live, limits: { amber_ms: POINT_AMBER } }),
};
const shown = { holder: "", point: "" };
let before = null;
// As a floor is before anything happens on it.
const UNUSED = {
  list_is_open: false,
  speakers: page.speakers,
  longest_list: Number(page.longest),
  most_replies: Number(page.mostReplies),
  grace_ms: Number(page.grace),
  order: [],
  expected: {},
};

function showClock(name, clock) {
  const card = JSON.stringify(clock);
  // A card that brings the same clock leaves it as it runs, with what it still has to say.
  if (shown[name] !== card) clocks[name].show(clock);
  shown[name] = card;
}

function drawHolder({ floor, holder, point }) {
  clocks.holder.limits.grace_ms = floor.grace_ms;
  part("holder").hidden = !holder;
  part("nobody").hidden = Boolean(holder);
  if (holder) {
    const isMine = mine.has(holder);
    writeTurn(part("holder"), holder, words);
    writeState(part("holder-state"), holder.state, stateWords(holder, words));
    part("holder").toggleAttribute("data-mine", isMine);
    // One's own time is told at once.
    part("holder").querySelector("[data-says]").setAttribute("role", isMine ? "alert" : "status");
  }
  showClock("holder", holder?.clock ?? null);
  writePoint(part("point"), point, words, say);
  const heard = point?.state === "recognised";
  showClock("point", heard ? { allotted_ms: point.seconds * 1000, consumed_ms: 0, running_since: point.recognised_at } : null);
}

function drawLists({ floor, holder, waiting, done }) {
  const fill = (item, card) => {
    writeTurn(item, card, words);
    writeState(item.querySelector("[data-state-line]"), card.state, stateWords(card, words));
    const place = floor.order.indexOf(card.id) + 1;
    item.querySelector("[data-place]").textContent = place || "";
    writeExpected(item, place ? floor.expected[card.id] : null, live.now());
    item.toggleAttribute("data-mine", mine.has(card));
    item.querySelector("[data-yours]").hidden = !mine.has(card);
  };
  const all = [...done, ...(holder ? [holder] : []), ...waiting];
  list(part("next"), root, waiting.slice(0, NEXT), fill);
  list(part("list"), root, all, fill);
  part("next-part").hidden = !waiting.length;
  part("all").hidden = !all.length;
  part("count").textContent = all.length;
}

function draw(cards) {
  const view = look(cards);
  view.floor ??= UNUSED;
  const open = [...(view.holder ? [view.holder] : []), ...view.waiting];
  const asker = askerOf(view, page, mine, open);
  drawHolder(view);
  drawLists(view);
  own.draw(open.filter((card) => mine.has(card)), view.floor, live.now());
  drawWishes(part("ask"), asker, words);
  drawPoints(root, view, asker, mine);
  const list = view.floor.list_is_open ? "open" : "closed";
  writeState(part("list-state"), list, words(`list.${list}`));
  const isUsed = view.floor.list_is_open || open.length || view.done.length || view.points.length;
  root.hidden = !isUsed && !(page.stays === "yes" && asker.session_is_on);
  if (before) {
    const told = news(before, view, words);
    if (told) part("tells").textContent = told;
  }
  before = view;
}

const floor = live.follow(page.topic, {
  at: page.at,
  changed: (cards) => draw(cards),
});
// What the page came with, where it stood then: what happens later is laid over it.
for (const [key, card] of Object.entries(JSON.parse(root.querySelector("[data-cards]").textContent))) floor.cards.set(key, card);
draw(floor.cards);
setInterval(() => draw(floor.cards), LOOKED_AT_EVERY);

watchActs(root, {
  done(verb, answer) {
    if (verb === "join") mine.own.add(answer.turn_id);
    draw(floor.cards);
  },
});

watchNotices(document, live, {
  isOwn: true,
  came: (card) => tellUntilSeen(document.querySelector("[data-notices]"), wordsOfNotice(card)),
  read: hush,
});

// The head of the page knows whether the session is on.
const state = document.querySelector("[data-session-page] .page-head .state");
new MutationObserver(() => {
  page.sessionState = state.dataset.state;
  draw(floor.cards);
}).observe(state, { attributeFilter: ["data-state"] });
