// The chair's console: the whole page is drawn from its cards after each change, and every press says which state of
// the floor it was pressed on. Until the first cards are here, its plain forms work.

import { live } from "../realtime/live.js";
import { open } from "../web/dialog.js";
import { say as tell, watchLink } from "../web/status.js";
import { FloorClock, remaining } from "./clock.js";
import { hasJustBegun, hindranceOn, inView, lack, nextAbout, nextAct, standOf, table } from "./console-acts.js";
import { Asks, nameOf } from "./console-asks.js";
import { watchKeys } from "./console-keys.js";
import { drawOrder, drawPoints, drawThrough, showState } from "./console-list.js";
import { watchNotices } from "./notices.js";
import { figure, fill, given, inLanguage, timeIn, wordsOf, write, writeWho } from "./console-words.js";

const CALM = 600; // ms in which a button that has just become another one is not pressed by what was meant for the first
const SETTLES = 1_500; // ms after an answer in which its cards come
const LOOK_AGAIN = 10; // so many of those who wait must be known
const MOVES_AWAY = 5_000; // ms
const FULL = 50; // cards of a snapshot
// Acts that take each other's place.
const TWINS = [["open_list", "close_list"], ["take", "release"], ["begin_rehearsal", "end_rehearsal"], ["suspend", "session_resume"]];

const root = document.querySelector("[data-console]");
const find = (selector) => root.querySelector(selector);
const words = wordsOf(root);
const me = Number(document.body.dataset.userId);
const zone = root.dataset.zone;
let session = root.dataset.sessionState;

watchLink(live);

// How it stands

let desk = null; // what follows the chair's topic
let isDrawn = false;
let stands = null;

function stand() {
  stands ??= { ...standOf(desk.cards, { session, me, now: live.now() }), cards: desk.cards };
  return stands;
}

function follow() {
  desk?.leave();
  desk = live.follow(root.dataset.topic, {
    changed: () => draw(),
    refused: () => location.reload(),
  });
}
follow();

live.follow(root.dataset.programme, {
  at: root.dataset.programmeAt,
  changed(cards) {
    const card = cards.get(`session.${root.dataset.session}`);
    const ends = find("[data-through]").dataset;
    if (!card || (card.state === session && Date.parse(card.ends_at) === Date.parse(ends.ends))) return;
    ends.ends = card.ends_at;
    session = card.state;
    if (isDrawn) draw();
  },
});

// Rights changed, perhaps one's own: ask the server what this page is now.
live.addEventListener("rights", () => setTimeout(() => location.reload(), Math.random() * 4_000));

// Drawing

const clock = new FloorClock(find("[data-view-clock]"), { time: live });
// Since when somebody is called and has not begun: as if their time were none.
const called = new FloorClock(find("[data-called]"), { time: live, shows: (left) => fill(words("ago"), { time: figure(-left) }) });
const tools = { words, zone, time: live };

function draw() {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const place = placeOf(focused);
  stands = null;
  const now = stand();
  if (now.isBetween) return;
  drawDesk(now);
  drawOrder(root, now, tools);
  drawThrough(root, now, tools);
  drawView(now);
  drawPoints(root, now, tools);
  drawMeeting(now);
  drawNext(now);
  enable(now);
  announce(now);
  isDrawn = true;
  keepFocus(focused, place);
  asks.check();
  lookAgain(now);
}

function drawDesk({ floor, isMine, holdsDesk }) {
  const since = floor.desk_since ? timeIn(zone, floor.desk_since) : "";
  const values = { name: floor.desk_holder_name, time: since };
  const line = find("[data-desk-words]");
  write(line, floor.desk_holder === null ? line.dataset.nobody : isMine ? fill(line.dataset.mine, values) : "");
  find(".console-desk [data-act=take]").hidden = floor.desk_holder !== null;
  find(".console-desk [data-act=release]").hidden = !holdsDesk;
  find('[data-band="rehearsal"]').hidden = !floor.is_rehearsed;
  const band = find('[data-band="taken"]');
  band.hidden = isMine;
  const taken = find("[data-taken-words]");
  write(taken, isMine ? "" : fill(taken.dataset.other, values));
  root.dataset.mine = isMine ? "yes" : "no";
  const list = find("[data-list-word]");
  write(list, floor.list_is_open ? list.dataset.open : list.dataset.closed);
  find("[data-act=open_list]").hidden = floor.list_is_open;
  find("[data-act=close_list]").hidden = !floor.list_is_open;
}

function drawView({ floor, holder, point, ...rest }) {
  const turn = inView({ holder, ...rest });
  const view = find("#floor");
  view.dataset.holder = holder?.id ?? "";
  view.dataset.state = turn?.state ?? "";
  const state = find("[data-view-state]");
  showState(state, turn?.state ?? "", holder ? words(`state.${holder.state}`) : turn ? state.dataset.next : "");
  const isCalled = holder?.state === "called";
  called.show(isCalled ? { allotted_ms: 0, consumed_ms: 0, running_since: holder.called_at } : null);
  find("[data-view-here]").hidden = !isCalled || !holder.here_at;
  write(find("[data-view-kind]"), turn ? words(`kind.${turn.kind}`) : "");
  write(find("[data-view-mode]"), turn ? words(`mode.${turn.mode}`) : "");
  write(find("[data-view-theme]"), turn ? inLanguage(turn.theme) : "");
  const title = find("[data-view-who]");
  if (turn) writeWho(title, turn.delegation, nameOf(turn, words));
  else write(title, title.dataset.free);
  write(find("[data-view-person]"), turn ? [turn.delegation && turn.name, turn.function].filter(Boolean).join(", ") : "");
  drawScript(floor, holder, point);
  write(find("[data-view-stopped]"), holder?.stopped_by ? words(`stopped.${holder.stopped_by}`) : "");
  write(find("[data-view-allotted]"), turn ? given(turn.clock.allotted_ms) : "");
  write(find("[data-view-extended]"), `${turn?.extended_count ?? 0}/${table.most_extensions}`);
  clock.limits.grace_ms = floor.grace_ms;
  const prompt = find(".console-prompt");
  write(prompt, fill(prompt.dataset.pattern, { seconds: floor.grace_ms / 1_000 }));
  clock.show(turn?.clock ?? null);
  drawUsed();
  drawChoices();
  for (const button of view.querySelectorAll("[data-act]")) if (!button.matches(".console-big")) button.value = holder?.id ?? 0;
}

/** What stands beside the next act: the clock’s buttons, or, where a film or a link failed, each way on that is another one.
 *  In one row, so that what is read out stays in view. */
function drawChoices() {
  const isNone = (act) => lack(act, stand()) === "state";
  const isOn = (act) => table.acts[act].mode && table.acts[act].mode === stand().holder?.mode;
  const [beside, choices] = [find("[data-beside]"), find("[data-choices]")];
  beside.hidden = !isNone("say_in_room");
  choices.hidden = !beside.hidden;
  for (const button of choices.querySelectorAll("[data-act]")) {
    const { act } = button.dataset;
    button.hidden = act === "call_back" ? Boolean(lack(act, stand())) : isNone(act === "file" ? "say_in_room" : act) || isOn(act);
  }
  beside.querySelector("[data-act=start_over]").hidden = isNone("start_over");
  beside.querySelector("[data-act=call_back]").hidden = !isNone("start_over");
}

function drawScript({ script }, holder, point) {
  const sentences = inLanguage(script) || [];
  const title = find("[data-script-title]");
  const isForLater = !point && ["speaking", "paused"].includes(holder?.state);
  write(title, isForLater ? title.dataset.later : title.dataset.now);
  find("[data-script]").hidden = sentences.length === 0;
  const box = find("[data-sentences]");
  if ([...box.children].map((node) => node.textContent).join("\n") === sentences.join("\n")) return;
  box.replaceChildren(
    ...sentences.map((sentence) => {
      const line = document.createElement("p");
      line.dir = "auto";
      line.textContent = sentence;
      return line;
    }),
  );
}

function drawUsed() {
  const turn = inView(stand());
  write(find("[data-view-used]"), turn ? figure(turn.clock.allotted_ms - remaining(turn.clock, live.now())) : "");
}

function drawMeeting(now) {
  showState(find("[data-session-word] .state"), session, words(`session.${session}`));
  for (const button of root.querySelectorAll(".console-meeting [data-act]")) {
    button.hidden = Boolean(lack(button.dataset.act, now));
  }
  find("[data-session-over]").hidden = session !== "ended";
}

const big = find(".console-big");
let changedAt = -Infinity; // when it became another act, by the page's own clock

function drawNext(now) {
  const act = nextAct(now);
  const about = nextAbout(now);
  const is = `${act} ${about?.id ?? 0}`;
  if (big.dataset.is !== is) {
    if (big.dataset.is) changedAt = performance.now();
    big.dataset.is = is;
  }
  big.dataset.act = act;
  big.value = about?.id ?? 0;
  const key = table.keys[act] ?? "";
  write(big.querySelector("kbd"), words(`key.${key}`) || key);
  big.querySelector("kbd").hidden = !key;
  if (key) big.setAttribute("aria-keyshortcuts", key);
  else big.removeAttribute("aria-keyshortcuts");
  write(big.querySelector("[data-words-of]"), nextWords(act, about, now));
}

/** “Go on” says how where that may have been chosen: by the film, or live. */
function nextWords(act, about, { holder }) {
  const said = fill(words(`next.${act}`), { name: nameOf(about, words) });
  if (act !== "resume" || holder.state !== "interrupted") return said;
  return fill(words("says"), { name: said, state: words(`mode.${holder.mode}`) });
}

/** Nothing is `disabled`, which would take the focus away: what cannot be pressed says so, and says why. */
function enable(now) {
  for (const button of root.querySelectorAll("[data-act]")) {
    const why = awaited ? "waits" : hindranceOf(button, now);
    button.disabled = false;
    if (why) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

function hindranceOf(button, now) {
  const { act, beyond } = button.dataset;
  if (!(act in table.acts) || beyond === "yes") return "state";
  return hindranceOn(act, aboutOf(button), now);
}

function aboutOf({ dataset, value }) {
  const takes = table.acts[dataset.act]?.takes;
  return takes === "turn" || takes === "point" ? desk.cards.get(`${takes}.${value}`) : undefined;
}

// What delegations were told

watchNotices(root, live, {
  isOwn: false,
  read: ({ delegation }) => tell(fill(find("[data-notices]").dataset.saysAnswered, { name: inLanguage(delegation.name) })),
});

// What changed, said once in words

let before = null;

function announce({ floor, holder, point }) {
  const now = { holder: holder?.id, state: holder?.state, here: holder?.here_at, point: point?.id, rehearsed: floor.is_rehearsed, desk: floor.desk_holder };
  const was = before;
  before = now;
  if (!was) return;
  if (now.rehearsed !== was.rehearsed) tell(words(now.rehearsed ? "rehearsal_on" : "rehearsal_off"));
  else if (now.point && now.point !== was.point) tell(fill(words("point_raised"), { name: nameOf(point, words) }), { tone: "warn" });
  else if (holder && (now.holder !== was.holder || now.state !== was.state)) {
    tell(fill(words("says"), { name: nameOf(holder, words), state: words(`state.${holder.state}`) }));
  } else if (holder?.here_at && now.here !== was.here) tell(fill(words("here"), { name: nameOf(holder, words) }));
  else if (!holder && was.holder) tell(words("free"));
}

// Focus

function placeOf(focused) {
  const item = focused?.closest("[data-waiting] > li");
  return item ? [...item.parentElement.children].indexOf(item) : -1;
}

/** The button that took this one's place. The big one is none, which may be another act by now. */
function twinOf({ dataset: { act } }) {
  const twin = TWINS.find((pair) => pair.includes(act))?.find((name) => name !== act);
  return [...root.querySelectorAll(`[data-act="${twin}"]:not(.console-big)`)].find((button) => button.offsetParent !== null);
}

/** After everything is drawn the focus is where it was, or as near as there is something; it comes upon no act that calls
 *  or starts somebody by itself: the key that pressed the one before may be pressed once more. */
function keepFocus(focused, place) {
  if (!focused || document.querySelector("dialog[open]")) return;
  const isThere = focused.isConnected && focused.offsetParent !== null;
  if (isThere && document.activeElement === focused) return;
  const rows = find("[data-waiting]").children;
  const nearest = place >= 0 ? rows[Math.min(place, rows.length - 1)]?.querySelector("summary") : twinOf(focused);
  (isThere ? focused : (nearest ?? find("#floor-title"))).focus({ preventScroll: isThere });
}

// A list that is longer than a snapshot: once the first of it are through, the next ones are read.
function lookAgain({ floor, waiting, cards }) {
  const unknown = floor.order.length - waiting.length;
  if (unknown > 0 && waiting.length < LOOK_AGAIN && cards.size < FULL + LOOK_AGAIN) follow();
}

// Acting

let awaited = null;

async function send(act, more) {
  const payload = { session_id: Number(root.dataset.session), ...more };
  awaited = act;
  enable(stand());
  sayIfAway();
  try {
    await live.do(table.acts[act].command, payload);
    await settled(payload.rev);
  } finally {
    awaited = null;
    stands = null;
    enable(stand());
  }
}

/** Until the cards of what was done are here, or it is clear that nothing had to be done. */
function settled(rev) {
  if (rev === undefined || stand().floor.rev !== rev) return Promise.resolve();
  return new Promise((resolve) => {
    const until = performance.now() + SETTLES;
    const timer = setInterval(() => {
      if (stand().floor.rev === rev && performance.now() < until) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
}

const isAway = () => !["connected", "fallback"].includes(live.status);

function sayIfAway() {
  if (awaited && isAway()) tell(words("away"), { tone: "warn", stays: true });
}
// The page's own word about the link comes first, after a moment; what becomes of the press stays.
live.addEventListener("status", () => setTimeout(sayIfAway, 1_600));

async function press(act, about, more = {}) {
  const { takes, mode } = table.acts[act];
  const payload = takes === "session" ? {} : { rev: stand().floor.rev };
  if (about) payload[`${takes}_id`] = about.id;
  if (mode) payload.mode = mode;
  try {
    await send(act, { ...payload, ...more });
  } catch (refused) {
    tell(refused.message, { tone: "warn" });
  }
}

const asks = new Asks(root, { send, stand, words, tell, after: (opener) => isDrawn && setTimeout(() => keepFocus(opener, -1)) });

/** Does an act or asks it; where it cannot be done, says why. */
function act(name, about, more) {
  stands = null;
  const why = awaited ? "waits" : hindranceOn(name, about, stand());
  if (why) return tell(words(why === "waits" ? why : `why.${why}`), { tone: "warn" });
  if (name === "end" && hasJustBegun(stand())) return asks.ask("end_early", about);
  if (table.acts[name].asks) return asks.ask(name, about, more);
  return press(name, about);
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || !isDrawn) return;
  event.preventDefault();
  // The second click of two says nothing new.
  if (event.detail > 1) return;
  if (button === big && performance.now() - changedAt < CALM) return void tell(words("changed"), { tone: "warn" });
  if (button.getAttribute("aria-disabled") && button.dataset.beyond === "yes") return;
  const name = button.dataset.act;
  if (!(name in table.acts)) return;
  const about = aboutOf(button);
  // Pressed by a pointer it does not keep the focus, nor leave it to its twin: the space bar would press that.
  const isLeft = button.closest("#floor") || TWINS.flat().includes(name);
  if (event.detail && !table.acts[name].asks && isLeft) find("#floor-title").focus({ preventScroll: true });
  const place = "by" in button.dataset ? stand().places.get(about?.id) + Number(button.dataset.by) : undefined;
  act(name, about, { place });
});

// While the floor waits, the end of the list moves away by itself.
setInterval(() => {
  if (!isDrawn) return;
  stands = null;
  drawThrough(root, stand(), tools);
}, MOVES_AWAY);

// Keys

const holder = () => stand().holder;
const keys = {
  n: () => act("call_next"),
  c: () => act("cut", holder()),
  p: () => act("not_present", holder()),
  o: () => act("note_point"),
  e: () => act("end", holder()),
  "+": () => act("extend", holder()),
  "?": () => open("keys"),
  " ": startOrStop,
  up: () => moveBy(-1),
  down: () => moveBy(1),
};

watchKeys(root, (key) => {
  if (!isDrawn || !(key in keys)) return false;
  keys[key]();
  return true;
});

function startOrStop() {
  if (holder()?.state === "speaking") return act("pause", holder());
  if (holder()?.state === "called") return act(nextAct(stand()) === "file" ? "file" : "start", holder());
  return act("resume", holder());
}

/** The turn in hand: where the focus is, else the one that is open. */
function moveBy(by) {
  const item = document.activeElement.closest("[data-waiting] > li") ?? find("[data-waiting] > li:has(details[open])");
  const about = item && desk.cards.get(`turn.${item.dataset.turn}`);
  const place = about && stand().places.get(about.id) + by;
  if (!about || place < 1 || place > stand().floor.order.length) return;
  act("move", about, { place });
}

// What the clock itself changes: whether it can be cut, and what was used.
new MutationObserver(() => {
  if (!isDrawn) return;
  stands = null;
  drawUsed();
  enable(stand());
}).observe(find("[data-view-clock]"), { attributeFilter: ["data-phase"], childList: true, subtree: true, characterData: true });
