// The floor of a session: published questions by support, one's own on top, and the sheet to ask.

import { live } from "../realtime/live.js";
import { close, open } from "../web/dialog.js";
import { say as tell } from "../web/status.js";
import { blank, say, wordsOf } from "../web/words.js";
import { countsOf, fill, OrderedList, setCounts } from "./question.js";

const root = document.querySelector("[data-floor]");
const words = wordsOf(root);
const says = root.querySelector("[data-says]").dataset;
const part = (name) => root.querySelector(`[data-${name}]`);

// The floor

const lists = {
  on_stage: new OrderedList(part("staged"), null),
  live: new OrderedList(part("live"), part("reordered")),
  answered: new OrderedList(part("answered"), null, () => 0),
};
const supported = new Set(root.dataset.supported.split(" ").filter(Boolean).map(Number));
const own = new Set([...part("own-list").children].map((item) => Number(item.dataset.id)));
let liveCount = Number.parseInt(part("count").textContent, 10);
let allHere = root.dataset.more === "no";
let shownPages = 1;

const shown = (key) => root.querySelector(`:is([data-staged], [data-live], [data-answered]) > [data-key="${key}"]`);

function put(key, card) {
  let item = shown(key);
  const fresh = !item;
  item ??= blank(root, "question");
  fill(item, key, card, { words, idPrefix: "question" });
  item.querySelector("[data-state-line]").hidden = card.status === "live";
  if (fresh) setCounts(item, floor.tallies.get(key) ?? { votes: 0, delegations: 0 });
  mark(item);
  const { list } = lists[card.status];
  if (item.parentElement !== list) {
    if (card.status === "answered") list.prepend(item);
    else list.append(item);
  }
}

/** The button of one question: pressed where it is supported, off where it cannot be. */
function mark(item) {
  const id = Number(item.dataset.id);
  const button = item.querySelector("[data-vote]");
  const pressed = supported.has(id);
  button.setAttribute("aria-pressed", String(pressed));
  button.name = pressed ? "take_back" : "support";
  button.disabled = own.has(id) || root.dataset.window !== "open" || item.dataset.status === "answered";
}

const all = () => root.querySelectorAll(":is([data-staged], [data-live], [data-answered]) > li");

function draw() {
  part("staged-part").hidden = !lists.on_stage.list.children.length;
  part("answered-part").hidden = !lists.answered.list.children.length;
  part("empty").hidden = Boolean(lists.live.list.children.length || lists.on_stage.list.children.length);
  part("more-link").hidden = allHere;
  part("count").textContent = liveCount;
  lists.live.settle();
}

const MORE_LIVE = { "question.approved": 1, "question.unstaged": 1, "question.reopened": 1, "question.dismissed": -1, "question.withdrawn": -1, "question.staged": -1 };

function count(name, key) {
  if (name === "question.answered") liveCount -= shown(key)?.dataset.status === "on_stage" ? 0 : 1;
  else liveCount += MORE_LIVE[name] ?? 0;
  liveCount = Math.max(0, liveCount);
}

function setWindow({ window }) {
  root.dataset.window = window;
  const state = root.querySelector("header .state");
  state.dataset.state = window;
  state.textContent = words(`window.${window}`);
  for (const node of root.querySelectorAll("[data-window-words]")) node.hidden = node.dataset.windowWords !== window;
  for (const item of all()) mark(item);
}

const floor = live.follow(root.dataset.topic, {
  at: root.dataset.at,
  tallies: Number(root.dataset.tallies),
  changed(cards, event) {
    if (event.name === "snapshot") look(cards);
    else {
      for (const [key, card] of Object.entries(event.cards)) {
        if (key === "question_time") setWindow(card);
        else {
          count(event.name, key);
          if (card) put(key, card);
          else shown(key)?.remove();
        }
      }
    }
    draw();
  },
  tallied(tallies, told) {
    for (const key of Object.keys(told)) {
      const item = shown(key);
      if (item) setCounts(item, tallies.get(key));
      else if (!allHere && rises(tallies.get(key))) readAgain();
    }
    lists.live.settle();
  },
  presence(number) {
    const node = root.querySelector("[data-present]");
    node.textContent = say(node.dataset.present, { number: new Intl.NumberFormat(document.documentElement.lang).format(number) });
    node.hidden = false;
  },
  // The page itself says what is open to this person now; a draft is kept.
  refused: () => location.reload(),
});

/** All there is to see now, up to 50 of them. */
function look(cards) {
  for (const item of all()) if (!cards.has(item.dataset.key)) item.remove();
  for (const [key, card] of cards) {
    if (key === "question_time") setWindow(card);
    else put(key, card);
  }
  for (const item of all()) setCounts(item, floor.tallies.get(item.dataset.key) ?? countsOf(item));
  liveCount = lists.live.list.children.length;
  allHere = cards.size < 50;
  shownPages = 1;
}

// What is beyond the first page

function rises({ votes }) {
  const last = lists.live.items.at(-1);
  return last && votes > countsOf(last).votes;
}

const READ_AGAIN_AFTER = 15_000; // ms
let reading = null;

/** A question from a later page has risen among those shown. */
function readAgain() {
  reading ??= setTimeout(async () => {
    await readPage(1);
    reading = null;
    draw();
  }, Math.random() * READ_AGAIN_AFTER);
}

async function readPage(number) {
  const response = await fetch(`${root.dataset.list}?page=${number}`);
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const item of page.querySelectorAll("[data-page-list] > li")) {
    if (shown(item.dataset.key)) continue;
    const node = document.importNode(item, true);
    lists.live.list.append(node);
    mark(node);
  }
  allHere = !page.querySelector("[data-next]");
  return true;
}

part("more-link").addEventListener("click", async (event) => {
  event.preventDefault();
  if (await readPage(shownPages + 1)) shownPages += 1;
  draw();
});

// Supporting

document.getElementById("support-form").addEventListener("submit", (event) => {
  const { submitter } = event;
  if (!document.body.dataset.userId || !submitter) return;
  event.preventDefault();
  support(Number(submitter.value), submitter.name === "support");
});

async function support(id, wanted) {
  const item = shown(`question.${id}`);
  const before = item && countsOf(item);
  const button = item?.querySelector("[data-vote]");
  const set = (on) => (on ? supported.add(id) : supported.delete(id));
  set(wanted);
  // Shown at once, and as not yet heard of until the server has answered.
  button?.setAttribute("aria-busy", "true");
  if (item) {
    mark(item);
    setCounts(item, { ...before, votes: Math.max(0, before.votes + (wanted ? 1 : -1)) });
  }
  try {
    const counts = await live.do(wanted ? "question.vote" : "question.unvote", { question_id: id });
    // A total that was told meanwhile is newer than this answer.
    if (item && !floor.tallies.has(item.dataset.key)) setCounts(item, counts);
  } catch (refused) {
    set(!wanted);
    if (item) {
      mark(item);
      setCounts(item, floor.tallies.get(item.dataset.key) ?? before);
    }
    tell(refused.message, { tone: "warn" });
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

// One's own questions

function putOwn(key, card) {
  let item = part("own-list").querySelector(`[data-key="${key}"]`);
  if (!card || card.status === "withdrawn") {
    item?.remove();
    return;
  }
  const was = item?.dataset.status;
  item ??= blank(root, "own");
  fill(item, key, card, { words, idPrefix: "mine" });
  const note = item.querySelector("[data-note]");
  note.textContent = card.note;
  note.hidden = !card.note;
  item.querySelector("[data-acts]").hidden = !["pending", "live"].includes(card.status);
  if (!item.isConnected) part("own-list").prepend(item);
  own.add(card.id);
  const listed = shown(key);
  if (listed) mark(listed);
  if (was && was !== card.status) tellOwn(was, card.status);
}

function tellOwn(was, is) {
  const turn = is === "live" && was === "pending" ? "approved" : { on_stage: "staged", answered: "answered", dismissed: "dismissed" }[is];
  if (turn) tell(says[turn]);
}

if (root.dataset.ownTopic) {
  live.follow(root.dataset.ownTopic, {
    at: root.dataset.ownAt,
    changed(cards, event) {
      const snapshot = event.name === "snapshot";
      if (snapshot) for (const item of [...part("own-list").children]) if (!cards.has(item.dataset.key)) item.remove();
      const told = snapshot ? [...cards].reverse() : Object.entries(event.cards);
      for (const [key, card] of told) if (!card || card.session_id === Number(root.dataset.session)) putOwn(key, card);
      part("own").hidden = !part("own-list").children.length;
    },
  });
}

document.getElementById("withdraw-form")?.addEventListener("submit", async (event) => {
  if (!event.submitter) return;
  event.preventDefault();
  try {
    await live.do("question.withdraw", { question_id: Number(event.submitter.value) });
    tell(says.withdrawn);
  } catch (refused) {
    tell(refused.message, { tone: "warn" });
  }
});

// Asking: the draft stays in this tab until the desk has it, and goes along to another room.

const form = root.querySelector("[data-ask-form]");
const PREFIX = `sidang.draft.${root.dataset.conference}.`;
const MINE = PREFIX + root.dataset.session;

const draft = (name) => {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
};

function keep() {
  const text = form.elements.text.value;
  if (text.trim()) sessionStorage.setItem(MINE, JSON.stringify({ text, title: root.dataset.title, uuid: form.elements.command_id.value }));
  else sessionStorage.removeItem(MINE);
  offerOther();
}

/** "Your draft from another panel", where this box is empty. */
function offerOther() {
  const line = form.querySelector("[data-draft]");
  const name = Object.keys(sessionStorage).find((each) => each.startsWith(PREFIX) && each !== MINE);
  const other = name && draft(name);
  line.hidden = !other || Boolean(form.elements.text.value.trim());
  if (line.hidden) return;
  form.querySelector("[data-draft-from]").textContent = other.title;
  form.querySelector("[data-draft-use]").onclick = () => {
    form.elements.text.value = other.text;
    form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
    sessionStorage.removeItem(name);
    form.elements.text.focus();
  };
}

if (form) {
  const mine = draft(MINE);
  if (mine && !form.elements.text.value) {
    form.elements.text.value = mine.text;
    // The same question still: if it arrived and only the answer was lost, it is not asked twice.
    if (mine.uuid) form.elements.command_id.value = mine.uuid;
    form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  offerOther();
  form.elements.text.addEventListener("input", () => {
    keep();
    lookForSimilar();
  });
  form.addEventListener("submit", send);
}

async function send(event) {
  event.preventDefault();
  const refusal = form.querySelector("[data-refused]");
  const button = form.querySelector("[data-send]");
  refusal.hidden = true;
  button.disabled = true;
  if (live.status === "reconnecting" || live.status === "lost") tell(says.waits);
  try {
    await live.do("question.ask", {
      session_id: Number(root.dataset.session),
      text: form.elements.text.value,
      capacity: form.elements.capacity.value,
      language: form.elements.language.value,
      uuid: form.elements.command_id.value,
    });
    forget();
    close("ask");
    tell(says.asked, { tone: "good" });
  } catch (refused) {
    refusal.textContent = [...Object.values(refused.fields ?? {}), refused.fields ? "" : refused.message].filter(Boolean).join(" ");
    refusal.hidden = false;
    open("ask");
    if (refused.fields?.text) form.elements.text.focus();
  } finally {
    button.disabled = false;
  }
}

function forget() {
  sessionStorage.removeItem(MINE);
  form.elements.text.value = "";
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  form.elements.command_id.value = newId();
  similar.replaceChildren();
}

function newId() {
  // Plain http in a local network has no crypto.randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

// What was asked already

const similar = root.querySelector("[data-similar]");
const TYPING = 600; // ms of rest before it is looked up
const LONG_ENOUGH = 12;
let typing = null;

function lookForSimilar() {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const text = form.elements.text.value.trim();
    if (text.length < LONG_ENOUGH) {
      similar.replaceChildren();
      return;
    }
    const body = new FormData();
    body.set("text", text);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const response = await fetch(similar.dataset.similar, { method: "POST", body });
      if (!response.ok || text !== form.elements.text.value.trim()) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      similar.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
    } catch {
      // Only a hint: without a network it is not given.
    }
  }, TYPING);
}

similar?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-support-instead]");
  if (!button) return;
  support(Number(button.dataset.supportInstead), true);
  forget();
  close("ask");
  tell(says.supportedInstead, { tone: "good" });
});
