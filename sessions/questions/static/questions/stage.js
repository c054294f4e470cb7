// The projector: the question on stage, or the invitation to ask. It stays as it is while the network is away.

import { live } from "../realtime/live.js";
import { keepAwake } from "../web/awake.js";
import { clock } from "../web/times.js";
import { inLanguage, wordsOf } from "../web/words.js";
import { setLanguage, writeBy } from "./question.js";

const root = document.querySelector("[data-stage-page]");
const words = wordsOf(root);
const part = (name) => root.querySelector(`[data-${name}]`);
const question = part("question");
const idle = part("idle");
const LONG = 260; // letters, from where the text is set smaller so that it still fits
const MEDIUM = 120;
const LENGTHS = ["short", "medium", "long", "longest"];

function show(key, card) {
  const text = part("text");
  const length = [...card.text].length;
  question.dataset.key = key;
  text.textContent = card.text;
  text.dataset.length = length > LONG ? "long" : length > MEDIUM ? "medium" : "short";
  setLanguage(text, card.language);
  writeBy(part("by"), card, words);
}

/** Letters are not all equally wide: what does not fit the wall at the size of its length is set smaller. */
function fit() {
  const text = part("text");
  const taller = () => document.documentElement.scrollHeight > innerHeight || question.scrollHeight > question.clientHeight;
  for (const length of LENGTHS.slice(LENGTHS.indexOf(text.dataset.length) + 1)) if (taller()) text.dataset.length = length;
}

function draw() {
  question.hidden = !question.dataset.key;
  idle.hidden = !question.hidden;
  if (!question.hidden) fit();
}

function take(key, card) {
  if (key === "question_time") {
    if (card) for (const node of root.querySelectorAll("[data-window-words]")) node.hidden = node.dataset.windowWords !== card.window;
  } else if (card) show(key, card);
  else if (question.dataset.key === key) question.dataset.key = "";
}

let drawing = null;

live.follow(root.dataset.topic, {
  at: root.dataset.at,
  changed(cards, event) {
    const snapshot = event.name === "snapshot";
    if (snapshot && question.dataset.key && !cards.has(question.dataset.key)) question.dataset.key = "";
    for (const [key, card] of snapshot ? cards : Object.entries(event.cards)) take(key, card);
    // One question leaves and the next one comes as two events: the wall does not flash between them.
    drawing ??= setTimeout(() => {
      drawing = null;
      draw();
    }, 50);
  },
  refused() {
    question.hidden = idle.hidden = true;
    part("gone").hidden = false;
  },
});

live.follow(root.dataset.programmeTopic, {
  at: root.dataset.programmeAt,
  changed(cards, event) {
    const card = event.name === "snapshot" ? cards.get(root.dataset.sessionKey) : event.cards[root.dataset.sessionKey];
    if (!card) return;
    part("session-title").textContent = inLanguage(card.title);
    const state = part("session-state").querySelector(".state");
    state.dataset.state = card.state;
    state.textContent = words(`state.${card.state}`);
  },
});

// What the page came with, too, and once its letters are there.
document.fonts.ready.then(draw);

// The conference's time, by the server's clock
const face = part("clock");
function tick() {
  const now = live.now();
  face.textContent = clock(new Date(now), root.dataset.zone);
  setTimeout(tick, 60_000 - (now % 60_000));
}
tick();

keepAwake();
