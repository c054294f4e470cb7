// One call, for whoever called or for the desk: what is said comes by itself, what one says goes without a reload.

import { live } from "../realtime/live.js";
import { hush, say, watchLink } from "../web/status.js";
import { localise } from "../web/times.js";

const root = document.querySelector("[data-help-talk]");
const list = root.querySelector("[data-said]");
const blank = root.querySelector("template[data-blank]");
const state = root.querySelector("[data-state]");
const form = root.querySelector("[data-say-form]");
const acts = root.querySelectorAll("[data-helped]");

watchLink(live);
live.follow(root.dataset.topic, {
  at: root.dataset.at,
  changed(cards, event) {
    if (event.name === "snapshot") {
      for (const item of [...list.children]) if (!cards.has(item.dataset.key)) item.remove();
    }
    for (const [key, card] of event.name === "snapshot" ? cards : Object.entries(event.cards)) take(key, card);
  },
  refused() {
    location.reload(); // the page says what there is to do
  },
});

function take(key, card) {
  if (key === root.dataset.key) return card && showState(card);
  const there = list.querySelector(`[data-key="${key}"]`);
  if (!card) return there?.remove();
  if (!there) list.append(item(key, card));
}

function showState(card) {
  const words = state.dataset;
  const taken = card.taken_by ? words.takenBy.replace("{name}", card.taken_by) : words.taken;
  state.textContent = card.state === "closed" ? words.closed : card.state === "taken" ? taken : words.open;
  for (const act of acts) act.hidden = card.state === "closed";
}

function item(key, card) {
  const made = blank.content.querySelector("li").cloneNode(true);
  made.dataset.key = key;
  made.dataset.of = card.is_of_desk ? "desk" : "person";
  const mine = card.is_of_desk === (root.dataset.side === "desk");
  const by = mine ? list.dataset.you : list.dataset.they;
  made.querySelector("[data-by]").textContent = card.is_of_desk && card.by ? `${by}, ${card.by}` : by;
  made.querySelector("[data-words]").textContent = card.words;
  const at = document.createElement("time");
  at.className = "when";
  at.dateTime = card.at;
  Object.assign(at.dataset, { zone: list.dataset.zone, form: "time" });
  at.textContent = new Intl.DateTimeFormat("en-GB", {
    timeZone: list.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(new Date(card.at));
  made.querySelector("[data-at]").replaceChildren(at);
  localise(made);
  return made;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    const answer = await response.json();
    if (answer.refused) return say(Object.values(answer.refused.fields ?? {})[0] ?? answer.refused.message, { tone: "warn" });
    // The key changes only now: what did not arrive is the same words when it is sent again.
    form.elements.key.value = answer.next_key;
    form.elements.words.value = "";
    root.querySelector("[data-take]")?.remove(); // whoever answers has taken the call
    hush();
  } catch {
    say(form.dataset.unsent, { tone: "warn", stays: true });
  } finally {
    button.disabled = false;
    form.elements.words.focus();
  }
});
