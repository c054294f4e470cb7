// The desk: the queue by keys, by touch or by its plain forms, told live to everybody who moderates.

import { live } from "../realtime/live.js";
import { close, open } from "../web/dialog.js";
import { say as tell, watchLink } from "../web/status.js";
import { blank, say, wordsOf } from "../web/words.js";
import { bySupport, countsOf, fill, OrderedList, setCounts } from "./question.js";

const root = document.querySelector("[data-desk]");
const words = wordsOf(root);
const says = root.querySelector("[data-says]").dataset;
const byAge = () => 0;

watchLink(live);

const lists = Object.fromEntries(
  [...root.querySelectorAll("[data-list-of]")].map((list) => {
    const status = list.dataset.listOf;
    const button = status === "live" ? root.querySelector("[data-reordered]") : null;
    return [status, new OrderedList(list, button, status === "live" ? bySupport : byAge)];
  }),
);
const found = (key) => root.querySelector(`[data-list-of] > [data-key="${key}"]`);

// Counts and the age of the oldest, here and in the page's title. What waits beyond the page is counted too.

const title = document.title.replace(/^\(\d+\) /, "");
const beyond = {
  pending: Number(root.dataset.waitingCount) - lists.pending.items.length,
  live: Number(root.querySelector('[data-count-of="live"]').textContent) - lists.live.items.length,
};
let oldestBeyond = root.dataset.more === "yes" ? root.dataset.oldestAt : null;

function minutesOldest() {
  const ages = lists.pending.items.map((item) => Date.parse(item.dataset.askedAt));
  if (beyond.pending > 0 && oldestBeyond) ages.push(Date.parse(oldestBeyond));
  return ages.length ? Math.max(0, Math.floor((live.now() - Math.min(...ages)) / 60_000)) : null;
}

const summary = root.querySelector("[data-summary]");
const nothing = root.querySelector('[data-empty-of="pending"]').textContent;

function draw() {
  for (const [status, { list, items }] of Object.entries(lists)) {
    const number = items.length + (beyond[status] ?? 0);
    for (const node of root.querySelectorAll(`[data-count-of="${status}"]`)) node.textContent = number;
    root.querySelector(`[data-empty-of="${status}"]`).hidden = Boolean(list.children.length);
  }
  const waiting = lists.pending.items.length + beyond.pending;
  const minutes = minutesOldest();
  const values = { number: waiting, minutes };
  document.title = waiting ? `${say(root.dataset.title, values)} ${title}` : title;
  summary.textContent = waiting ? say(summary.dataset.summary, values) : nothing;
  lists.live.settle();
}
setInterval(draw, 20_000);

// Following

function put(key, card) {
  let item = found(key);
  const fresh = !item;
  item ??= blank(root, "question");
  fill(item, key, card, { words, idPrefix: "desk" });
  item.dataset.askedAt = card.asked_at;
  item.querySelector("[data-dismiss]").href = root.dataset.dismissPath.replace("/0/", `/${card.id}/`);
  if (fresh) setCounts(item, desk.tallies.get(key) ?? { votes: 0, delegations: 0 });
  const { list } = lists[card.status];
  if (item.parentElement === list) return;
  if (card.status === "answered" || card.status === "dismissed") list.prepend(item);
  else list.append(item);
}

function setWindow(card) {
  for (const button of root.querySelectorAll("[name=window]")) button.setAttribute("aria-pressed", String(button.value === card.window));
  root.querySelector("[data-stage]").hidden = false;
  root.querySelector("[data-no-stage]").hidden = true;
  const address = root.querySelector("[data-stage-address]");
  address.href = card.stage_path;
  address.textContent = address.href;
}

/** A question that is not on this page left the waiting or the published ones beyond it. */
function countBeyond(name) {
  const status = { "question.approved": "pending", "question.staged": "live", "question.answered": "live" }[name];
  if (status && beyond[status] > 0) beyond[status] -= 1;
}

const desk = live.follow(root.dataset.topic, {
  at: root.dataset.at,
  tallies: Number(root.dataset.tallies),
  changed(cards, event) {
    const focused = current();
    if (event.name === "snapshot") look(cards);
    else {
      for (const [key, card] of Object.entries(event.cards)) {
        if (key === "question_time") {
          if (card) setWindow(card);
          continue;
        }
        const item = found(key);
        if (!item && event.name !== "question.submitted") countBeyond(event.name);
        const goesAlong = focused && item === focused && staysInHand(card);
        const hadFocus = goesAlong && item.contains(document.activeElement);
        if (focused && item === focused && !goesAlong) stepAway(item);
        if (card) put(key, card);
        else item?.remove();
        if (hadFocus) goTo(item);
      }
      if (beyond.pending > 0 && !lists.pending.items.length) readAgain();
    }
    draw();
  },
  tallied(tallies, told) {
    for (const key of Object.keys(told)) {
      const item = found(key);
      if (item) setCounts(item, tallies.get(key));
    }
    lists.live.settle();
  },
  refused: () => location.reload(),
});

function look(cards) {
  for (const { items } of Object.values(lists)) for (const item of items) if (!cards.has(item.dataset.key)) item.remove();
  for (const [key, card] of cards) {
    if (key === "question_time") setWindow(card);
    else put(key, card);
  }
  for (const { items } of Object.values(lists)) for (const item of items) setCounts(item, desk.tallies.get(item.dataset.key) ?? countsOf(item));
  beyond.pending = beyond.live = 0;
  // A full snapshot may have left some out: the page over HTTP has more, and the true counts.
  if (cards.size >= 50) readAgain();
}

let reading = null;

function readAgain() {
  reading ??= fetch(location.href)
    .then((response) => (response.ok ? response.text() : Promise.reject(new Error(response.statusText))))
    .then((text) => {
      const page = new DOMParser().parseFromString(text, "text/html").querySelector("[data-desk]");
      for (const [status, { list }] of Object.entries(lists)) {
        const items = page.querySelectorAll(`[data-list-of="${status}"] > li`);
        for (const item of items) if (!found(item.dataset.key)) list.append(document.importNode(item, true));
      }
      beyond.pending = Number(page.dataset.waitingCount) - lists.pending.items.length;
      beyond.live = Number(page.querySelector('[data-count-of="live"]').textContent) - lists.live.items.length;
      oldestBeyond = page.dataset.oldestAt ?? null;
    })
    .catch(() => {}) // what is shown stays right; the rest is read at the next occasion
    .finally(() => {
      reading = null;
      draw();
    });
}

// The verbs

const BACK = { dismiss: "restore", stage: "unstage", unstage: "stage", answer: "reopen" };

async function act(verb, id) {
  const item = found(`question.${id}`);
  item?.setAttribute("aria-busy", "true");
  try {
    await live.do(`question.${verb}`, { question_id: id });
    tell(says[verb], BACK[verb] ? { undo: () => act(BACK[verb], id) } : {});
  } catch (refused) {
    tell(refused.message, { tone: "warn" });
  } finally {
    item?.removeAttribute("aria-busy");
  }
}

document.getElementById("desk-form").addEventListener("submit", (event) => {
  if (!event.submitter) return;
  event.preventDefault();
  act(event.submitter.name, Number(event.submitter.value));
});

root.querySelector("[data-window-form]").addEventListener("submit", async (event) => {
  if (!event.submitter) return;
  event.preventDefault();
  try {
    await live.do("question_time.set_window", { session_id: Number(root.dataset.session), window: event.submitter.value });
    tell(says.window);
  } catch (refused) {
    tell(refused.message, { tone: "warn" });
  }
});

// Dismissing asks for the reason, which the author is told.

const dismissing = root.querySelector("[data-dismiss-form]");
let dismissed = null;

root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-dismiss]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const item = link.closest("li");
  dismissed = Number(item.dataset.id);
  dismissing.reset();
  dismissing.querySelector("[data-refused]").hidden = true;
  root.querySelector("[data-dismiss-text]").textContent = item.querySelector("[data-text]").textContent;
  open("dismiss", link);
});

dismissing.addEventListener("submit", async (event) => {
  event.preventDefault();
  const id = dismissed;
  try {
    await live.do("question.dismiss", { question_id: id, reason: dismissing.elements.reason.value, note: dismissing.elements.note.value });
    close("dismiss");
    // Where the link that opened it went away, the focus goes on to the question that is in hand now.
    if (!current()?.contains(document.activeElement)) goTo(current());
    tell(says.dismiss, { undo: () => act("restore", id) });
  } catch (refused) {
    const refusal = dismissing.querySelector("[data-refused]");
    refusal.textContent = Object.values(refused.fields ?? {}).join(" ") || refused.message;
    refusal.hidden = false;
  }
});

// The question in hand: large, with its keys written on it.

const cards = () => ["pending", "live", "on_stage", "answered"].flatMap((status) => lists[status].items).filter((item) => item.offsetParent);
const current = () => root.querySelector("[data-list-of] > li[data-current]");

function hold(item) {
  for (const other of root.querySelectorAll("li[data-current]")) {
    delete other.dataset.current;
    other.querySelector("article").classList.remove("question-large");
  }
  if (!item) return;
  item.dataset.current = "";
  item.querySelector("article").classList.add("question-large");
}

function goTo(item) {
  if (!item) return;
  hold(item);
  const article = item.querySelector("article");
  article.focus({ preventScroll: true });
  article.scrollIntoView({ block: "nearest" });
}

/** What goes on stage stays in hand, where that list is in sight: the next act is about it, not about another one. */
function staysInHand(card) {
  return card?.status === "on_stage" && Boolean(lists.on_stage.list.offsetParent);
}

/** The one in hand leaves its list: the next one there, or else the first of all, comes into hand, and the focus with it. */
function stepAway(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling ?? cards().find((other) => other !== item);
  const focused = item.contains(document.activeElement);
  hold(next);
  if (focused && next) next.querySelector("article").focus({ preventScroll: true });
}

// What comes into hand grows, and a button that moves away between press and release is not pressed at all: under a
// pointer it grows when the press is over.
let pressing = false;
const holdOf = ({ target }) => {
  const item = target.closest("[data-list-of] > li");
  if (item && !pressing) hold(item);
};
root.addEventListener("pointerdown", () => {
  pressing = true;
});
for (const over of ["pointerup", "pointercancel"]) {
  addEventListener(over, (event) => setTimeout(() => {
    pressing = false;
    if (event.target instanceof Element) holdOf(event);
  }));
}
root.addEventListener("focusin", holdOf);

function step(by) {
  const order = cards();
  const at = order.indexOf(current());
  goTo(order[Math.min(order.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
}

// Keys of one letter: only outside of fields, and they can be switched off (WCAG 2.1.4).

const KEPT = "sidang.desk.keys";
const keysOn = root.querySelector("[data-keys-on]");
root.querySelector("[data-keys-help]").hidden = false;
keysOn.checked = localStorage.getItem(KEPT) !== "off";
const showKeys = () => root.classList.toggle("keys-off", !keysOn.checked);
showKeys();
keysOn.addEventListener("change", () => {
  localStorage.setItem(KEPT, keysOn.checked ? "on" : "off");
  showKeys();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !keysOn.checked) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    if (dialog.id === "dismiss" && !typing(event.target)) chooseReason(event);
    return;
  }
  if (typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else if (key === "?") open("keys");
  else if (!press(key)) return;
  event.preventDefault();
});

function typing(target) {
  return target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit])");
}

/** Presses the button of the question in hand that has this key written on it. */
function press(key) {
  const item = current();
  const button = item?.querySelector(`[data-hotkey="${CSS.escape(key)}"][data-when~="${item.dataset.status}"]`);
  button?.click();
  return Boolean(button);
}

function chooseReason(event) {
  const choice = dismissing.querySelectorAll("[name=reason]")[Number(event.key) - 1];
  if (!choice) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
  dismissing.requestSubmit();
}

// The projector's address

const copy = root.querySelector("[data-copy]");
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(root.querySelector("[data-stage-address]").href);
    tell(copy.dataset.copy);
  });
}

draw();
