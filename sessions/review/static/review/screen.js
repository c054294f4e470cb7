// What is being read out has the wall as long as its turn has the floor; who reads it stands at the foot.

import { live } from "../realtime/live.js";
import { inLanguage } from "../web/words.js";

const root = document.querySelector("[data-wall-remarks]");
const remarks = live.follow(root.dataset.remarksTopic, { changed: draw });
const floor = live.follow(root.dataset.speakers, { changed: draw });

function draw() {
  const holder = floor.cards.get("floor")?.holder;
  const read = [...remarks.cards.values()].filter(({ turn }) => turn !== null && turn === holder);
  read.sort((one, other) => one.id - other.id);
  const shown = [...root.querySelectorAll("[data-remark]")];
  // What stands there is left alone: a wall that is written anew flashes, and is read out again.
  if (shown.map(({ dataset }) => dataset.remark).join() !== read.map(({ id }) => id).join()) {
    for (const figure of shown) figure.remove();
    root.prepend(...read.map(figureOf));
  }
  root.hidden = read.length === 0;
}

function figureOf(card) {
  const figure = root.querySelector("template").content.querySelector("figure").cloneNode(true);
  figure.dataset.remark = card.id;
  figure.querySelector("[data-kind]").textContent = root.dataset[card.kind];
  figure.querySelector("[data-said]").textContent = card.text;
  const to = floor.cards.get(`turn.${floor.cards.get(`turn.${card.turn}`)?.about}`)?.delegation;
  figure.querySelector("[data-to-part]").hidden = !to;
  figure.querySelector("[data-to]").textContent = to ? inLanguage(to.name) : "";
  return figure;
}
