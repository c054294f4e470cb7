// The interpreters’ page: the clock of whoever speaks, texts that open in place, and type as large as they want it.

import { FloorClock } from "../floor/clock.js";
import { live } from "../realtime/live.js";
import { refreshed } from "./refreshed.js";

const root = document.querySelector("[data-booth]");
const SIZE = "sidang.booth.size";

// Texts

const texts = new Map(); // version -> words, read once

async function load(details) {
  const { version, text: address } = details.dataset;
  const place = details.querySelector("[data-loaded]");
  if (place.dataset.of === version) return;
  place.dataset.of = version;
  try {
    if (!texts.has(version)) {
      const answer = await fetch(address, { headers: { Accept: "text/plain" } });
      if (!answer.ok) throw new Error(answer.statusText);
      texts.set(version, await answer.text());
    }
    place.replaceChildren(...paragraphs(texts.get(version)));
  } catch {
    delete place.dataset.of;
    place.textContent = root.dataset.lost;
  }
}

function paragraphs(text) {
  return text.split(/\n\s*\n/).map((words) => {
    const node = document.createElement("p");
    node.textContent = words.trim();
    return node;
  });
}

/** Of whoever speaks, the text in the page’s language, or the first there is, opens by itself: once. */
const opened = new Set();

function openItself(part) {
  const offered = [...part.querySelectorAll("[data-opens-itself]")];
  const own = offered.find((node) => node.dataset.opensItself === document.documentElement.lang) ?? offered[0];
  const turn = own?.closest("[data-turn]")?.dataset.turn;
  if (!own || opened.has(turn)) return;
  opened.add(turn);
  own.open = true;
}

root.addEventListener("toggle", (event) => event.target.matches("details[data-text]") && event.target.open && load(event.target), true);

// The clock

let clock = null;

function showClock() {
  clock?.stop();
  clock = null;
  const node = root.querySelector("[data-booth-clock]");
  if (!node) return;
  const { allotted, consumed, since, grace } = node.dataset;
  clock = new FloorClock(node.querySelector("[data-clock]"), { time: live, limits: { grace_ms: Number(grace) } });
  clock.show({ allotted_ms: Number(allotted), consumed_ms: Number(consumed), running_since: since || null });
}

function prepare(part) {
  if (part.dataset.part !== "now") {
    for (const node of part.querySelectorAll("details[data-text][open]")) load(node);
    return;
  }
  showClock();
  openItself(part);
  for (const node of part.querySelectorAll("details[data-text][open]")) load(node);
}

for (const part of root.querySelectorAll("[data-part]")) prepare(part);
refreshed.addEventListener("replaced", ({ detail }) => prepare(detail));

// The size of the type

const sizes = root.querySelector("[data-size]");
sizes.hidden = false;
setSize(localStorage.getItem(SIZE) ?? "1");
sizes.addEventListener("change", ({ target }) => {
  localStorage.setItem(SIZE, target.value);
  setSize(target.value);
});

function setSize(value) {
  root.dataset.typeSize = value;
  const button = sizes.querySelector(`[value="${CSS.escape(value)}"]`);
  if (button) button.checked = true;
}
