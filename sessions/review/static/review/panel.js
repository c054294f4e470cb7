// The review on a session’s page: statements and remarks as they are heard, and the sheet to comment on one.

import { live } from "../realtime/live.js";
import { close, open } from "../web/dialog.js";
import { flagPicture } from "../web/flags.js";
import { say as tell } from "../web/status.js";
import { spanIn } from "../web/times.js";
import { inLanguage, say, wordsOf } from "../web/words.js";

const root = document.querySelector("[data-review]");
const words = wordsOf(root);
const part = (name) => root.querySelector(`[data-${name}]`);
const ON = ["speaking", "paused", "interrupted"];
const DELIVERED = ["completed", "cut"];
const HELD = ["called", ...ON];

const slotOfTurn = (id) => root.querySelector(`[data-slots] > [data-turn="${id}"]`);
const slotItem = (id) => root.querySelector(`[data-slots] > [data-slot="${id}"]`);
const numberOf = (key) => Number(key.slice(key.indexOf(".") + 1));

// Statements and whose they are

/** A flag and a name, as {% flag %} writes them. */
function nameWith(country, name) {
  const node = document.createElement("span");
  node.className = "flag";
  const picture = flagPicture(country);
  if (picture) node.append(picture);
  const text = document.createElement("span");
  text.className = "flag-name";
  text.dir = "auto";
  text.textContent = name;
  node.append(text);
  return node;
}

function setState(item, state) {
  if (item.dataset.state === state) return;
  item.dataset.state = state;
  const word = item.querySelector(".state");
  word.dataset.state = state;
  word.textContent = words(`state.${state}`);
  if (ON.includes(state)) setOn(item);
}

/** The statement that is on, or was the last one: the one that is offered first to comment on. */
function setOn(item) {
  const action = part("comment-part");
  if (!action) return;
  action.hidden = item.dataset.delegation === root.dataset.own;
  const link = action.querySelector("a");
  link.href = root.dataset.comment.replace("/slots/0/", `/slots/${item.dataset.slot}/`);
  link.dataset.commentsOn = item.dataset.slot;
  action.querySelector("[data-comment-of]").textContent = `: ${item.dataset.name}`;
}

function setTexts(card) {
  const item = slotItem(card.id);
  if (!item) return;
  item.querySelector("[data-texts]").replaceChildren(...card.texts.map(textItem), ...reportItem(card));
}

const languages = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });

function nameOfLanguage(code) {
  try {
    const own = new Intl.DisplayNames([code], { type: "language" }).of(code);
    return own.charAt(0).toLocaleUpperCase(code) + own.slice(1);
  } catch {
    return languages.of(code) ?? code;
  }
}

function textItem({ id, language, embargoed_until: embargo }) {
  const item = document.createElement("li");
  const under = embargo && Date.parse(embargo) > live.now();
  const line = document.createElement(under ? "span" : "a");
  if (!under) line.href = root.dataset.text.replace("/statements/0/", `/statements/${id}/`);
  const name = document.createElement("bdi");
  name.lang = language;
  name.textContent = nameOfLanguage(language);
  const [before, after] = words("language").split("{language}");
  line.append(before, name, after ?? "");
  if (under) {
    line.className = "quiet";
    const moment = new Date(embargo);
    line.append(`: ${say(words("embargo"), { time: spanIn(root.dataset.zone, moment, moment).split("–")[0] })}`);
  }
  item.append(line);
  return item;
}

function reportItem({ id, published }) {
  if (!published || !root.dataset.report) return [];
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = root.dataset.report.replace("/0/", `/${id}/`);
  link.textContent = words("report");
  item.append(link);
  return [item];
}

function count() {
  const states = [...root.querySelectorAll("[data-slots] > li")].map((item) => item.dataset.state);
  const set = (name, number) => {
    const node = part(name);
    node.textContent = number;
    if (number) node.parentElement.hidden = false;
  };
  set("delivered", states.filter((state) => DELIVERED.includes(state)).length);
  set("filed", states.filter((state) => state === "filed").length);
}

// Remarks

const turns = new Map(); // id of a turn of the comment round -> its state
const read = new Map(); // key -> card of a remark that was read out

function fill(node, card) {
  const item = slotItem(card.slot);
  node.querySelector("[data-said]").textContent = card.text;
  node.querySelector("[data-author]").replaceChildren(nameWith(countryOf(card.author), inLanguage(card.author_name)));
  node.querySelector("[data-kind]").textContent = words(`kind.${card.kind}`);
  const to = node.querySelector("[data-to]");
  if (to) to.textContent = item?.dataset.name ?? "";
}

const countryOf = (delegation) => root.querySelector(`[data-slots] > [data-delegation="${delegation}"]`)?.dataset.country ?? "";

function putRemark(key, card) {
  const list = part("remarks");
  let item = list.querySelector(`[data-key="${key}"]`);
  if (!card) {
    item?.remove();
    read.delete(key);
    return;
  }
  read.set(key, card);
  if (!item) {
    item = root.querySelector('template[data-blank="remark"]').content.querySelector("li").cloneNode(true);
    item.dataset.key = key;
    list.prepend(item);
  }
  fill(item, card);
  const focus = item.querySelector("[data-focus]");
  focus.hidden = !card.focus_area;
  focus.querySelector("bdi").textContent = card.focus_area;
  const answer = item.querySelector("[data-answer]");
  answer.hidden = !card.answer;
  answer.querySelector("[data-answer-words]").textContent = card.answer ? words(`answer.${card.answer}`) : "";
  answer.querySelector("[data-answer-text]").textContent = card.answer_text;
}

/** What is being read now, large: as long as its turn has the floor. */
function drawReading() {
  const region = part("reading");
  for (const node of region.querySelectorAll("[data-read]")) {
    const card = read.get(`remark.${node.dataset.read}`);
    const state = card && turns.get(card.turn);
    if (state !== undefined && !HELD.includes(state)) node.remove();
  }
  for (const [key, card] of read) {
    if (!HELD.includes(turns.get(card.turn)) || region.querySelector(`[data-read="${numberOf(key)}"]`)) continue;
    const node = root.querySelector('template[data-blank="read"]').content.querySelector("figure").cloneNode(true);
    node.dataset.read = numberOf(key);
    fill(node, card);
    region.append(node);
  }
  part("remarks-part").hidden = !part("remarks").children.length;
}

// What is told

function takeTurn(key, card) {
  const id = numberOf(key);
  const item = slotOfTurn(id);
  if (item && card) setState(item, card.state);
  if (!item) turns.set(id, card?.state ?? "withdrawn");
}

live.follow(root.dataset.speakers, {
  at: root.dataset.speakersAt,
  changed(cards, event) {
    const told = event.name === "snapshot" ? cards : Object.entries(event.cards);
    for (const [key, card] of told) if (key.startsWith("turn.")) takeTurn(key, card);
    count();
    drawReading();
  },
});

live.follow(root.dataset.topic, {
  at: root.dataset.at,
  changed(cards, event) {
    const told = event.name === "snapshot" ? cards : Object.entries(event.cards);
    for (const [key, card] of told) {
      if (key.startsWith("remark.")) putRemark(key, card);
      else if (key.startsWith("slot.")) takeSlot(key, card);
    }
    count();
    drawReading();
  },
  refused: () => location.reload(),
});

function takeSlot(key, card) {
  if (!card) slotItem(numberOf(key))?.remove();
  else setTexts(card);
}

// Commenting: what is typed stays in this tab, for the statement that it is on, until it is handed in.

const form = root.querySelector("[data-remark-form]");
const FIELDS = ["kind", "text", "focus_area"];
const draftOf = (slot) => `sidang.remark.${root.dataset.session}.${slot}`;

if (form) {
  form.addEventListener("input", () => sessionStorage.setItem(draftOf(form.dataset.slot), JSON.stringify(typed())));
  form.addEventListener("submit", send);
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-comments-on]");
    if (!link) return;
    event.preventDefault();
    show(link.dataset.commentsOn, link);
  });
}

const typed = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));

/** Opens the sheet on this statement. It stays on it, whoever begins meanwhile. */
function show(slot, opener) {
  if (form.dataset.slot !== slot) fillSheet(slot);
  open("remark-sheet", opener);
}

function fillSheet(slot) {
  form.dataset.slot = slot;
  part("comment-name").textContent = slotItem(slot)?.dataset.name ?? "";
  form.querySelector("[data-refused]").hidden = true;
  form.reset();
  const draft = JSON.parse(sessionStorage.getItem(draftOf(slot)) ?? "{}");
  for (const [name, value] of Object.entries(draft)) form.elements[name].value = value;
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
}

async function send(event) {
  event.preventDefault();
  const { slot } = form.dataset;
  const button = form.querySelector("[data-send]");
  form.querySelector("[data-refused]").hidden = true;
  button.disabled = true;
  if (live.status === "reconnecting" || live.status === "lost") tell(words("waits"));
  try {
    const { why_not: why } = await live.do("remark.submit", { slot_id: Number(slot), ...typed() });
    sessionStorage.removeItem(draftOf(slot));
    // While it was under way another may have been opened.
    if (form.dataset.slot === slot) {
      close("remark-sheet");
      delete form.dataset.slot;
    }
    // What was handed in stays so, also where the list takes nobody.
    if (why) tell(say(words("not_joined"), { why }), { tone: "warn" });
    else tell(words("joined"), { tone: "good" });
  } catch (refused) {
    refuse(slot, [...Object.values(refused.fields ?? {}), refused.fields ? "" : refused.message].filter(Boolean).join(" "));
  } finally {
    button.disabled = false;
  }
}

/** In the sheet, unless it was opened on another statement meanwhile: then what was refused is a draft again. */
function refuse(slot, why) {
  if (form.closest("dialog").open && form.dataset.slot !== slot) return tell(why, { tone: "warn" });
  show(slot);
  const refusal = form.querySelector("[data-refused]");
  refusal.textContent = why;
  refusal.hidden = false;
}
