// The order and the points of order as lists whose rows stay the same nodes: what is open stays open, and the focus
// stays where it is.

import { FloorClock, remaining } from "./clock.js";
import { canBeAppealed } from "./console-acts.js";
import { figure, fill, given, inLanguage, timeIn, write, writeWho } from "./console-words.js";

/** `tools`: words, zone, time (realtime's `live`). Buttons are enabled by whoever draws the whole. */
export function drawOrder(root, stand, tools) {
  const shown = stand.waiting.map((card) => row(root, card, tools));
  arrange(root.querySelector("[data-waiting]"), shown);
  for (const [index, card] of stand.waiting.entries()) fillWaiting(shown[index], card, stand, tools);
  const done = stand.done.map((card) => row(root, card, tools));
  arrange(root.querySelector("[data-done]"), done);
  for (const [index, card] of stand.done.entries()) fillDone(done[index], card);
  const beyond = stand.floor.order.length - shown.length;
  const more = root.querySelector("[data-more]");
  more.hidden = beyond <= 0;
  write(more, more.dataset.words.replace("{number}", beyond));
  root.querySelector('[data-empty-of="waiting"]').hidden = stand.floor.order.length > 0;
  for (const [name, number] of [["waiting", stand.floor.order.length], ["done", done.length]]) {
    for (const node of root.querySelectorAll(`[data-count="${name}"]`)) write(node, String(number));
  }
}

/** When all will have been heard, later by as much as the floor is free later than it was to be; the plan beside it. */
export function drawThrough(root, { floor, holder, session, now }, { zone }) {
  const line = root.querySelector("[data-through]");
  line.hidden = !floor.through_at || session === "ended";
  if (line.hidden) return;
  const freeAt = Date.parse(floor.free_at);
  const isStanding = holder && !holder.clock.running_since;
  const free = isStanding ? now + Math.max(0, remaining(holder.clock, now)) : Math.max(freeAt, now);
  const through = Date.parse(floor.through_at) + Math.max(0, free - freeAt);
  const minutes = Math.round((Date.parse(line.dataset.ends) - through) / 60_000);
  const how = minutes > 0 ? "early" : minutes < 0 ? "late" : "planned";
  line.dataset.how = how;
  write(line, fill(line.dataset[how], { time: timeIn(zone, through), number: Math.abs(minutes) }));
}

function row(root, card, { words }) {
  const node = root.querySelector(`[data-turn="${card.id}"]`) ?? blank(root, "turn", card.id);
  node.dataset.state = card.state;
  writeWho(node.querySelector("[data-who]"), card.delegation, card.name);
  write(node.querySelector("[data-kind]"), words(`kind.${card.kind}`));
  write(node.querySelector("[data-mode]"), words(`mode.${card.mode}`));
  showState(node.querySelector(".state"), card.state, words(`state.${card.state}`));
  const person = node.querySelector("[data-person]");
  person.hidden = !card.delegation || !card.name;
  write(person, [card.name, card.function].filter(Boolean).join(", "));
  return node;
}

function fillWaiting(node, card, { floor, places }, { zone }) {
  const place = places.get(card.id);
  write(node.querySelector("[data-place]"), String(place));
  write(node.querySelector("[data-figure]"), given(card.clock.allotted_ms));
  const expected = floor.expected[card.id];
  const time = document.createElement("time");
  time.dateTime = expected ?? "";
  time.textContent = expected ? timeIn(zone, expected) : "";
  const cell = node.querySelector("[data-expected]");
  if (cell.textContent !== time.textContent) cell.replaceChildren(time);
  node.querySelector("[data-row-acts]").hidden = false;
  for (const button of node.querySelectorAll("[data-act]")) button.value = card.id;
  for (const button of node.querySelectorAll("[data-by]")) {
    const to = place + Number(button.dataset.by);
    button.dataset.beyond = to < 1 || to > floor.order.length ? "yes" : "no";
  }
  node.querySelector('[data-act="file"]').hidden = !card.can_be_filed;
}

function fillDone(node, card) {
  write(node.querySelector("[data-place]"), "");
  write(node.querySelector("[data-figure]"), figure(card.clock.consumed_ms));
  node.querySelector("[data-expected]").replaceChildren();
  node.querySelector("[data-row-acts]").hidden = true;
}

export function showState(node, state, words) {
  node.dataset.state = state;
  write(node, words);
}

function blank(root, name, id) {
  const node = root.querySelector(`template[data-blank="${name}"]`).content.querySelector("li").cloneNode(true);
  node.dataset[name] = id;
  return node;
}

/** Puts the nodes into this order and nothing else; what stands right already is not touched. */
function arrange(list, nodes) {
  for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
  for (const [index, node] of nodes.entries()) {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  }
}

const clocks = new Map(); // of points that are being heard, by id

export function drawPoints(root, stand, tools) {
  const open = (card) => ["raised", "recognised", "appealed"].includes(card.state);
  // What is open comes first: the first raised of them is the next to be heard.
  const ordered = [...stand.points.filter(open).reverse(), ...stand.points.filter((card) => !open(card))];
  const nodes = ordered.map((card) => point(root, card, open(card) || canBeAppealed(card, stand), tools));
  arrange(root.querySelector("[data-points]"), nodes);
  for (const id of clocks.keys()) if (!stand.points.some((card) => card.id === id)) forgetClock(id);
  root.querySelector('[data-empty-of="points"]').hidden = nodes.length > 0;
  const count = root.querySelector('[data-count="points"]');
  count.hidden = !stand.points.some(open);
  write(count, String(stand.points.filter(open).length));
}

function point(root, card, hasActs, { words, zone, time }) {
  const node = root.querySelector(`[data-point="${card.id}"]`) ?? blank(root, "point", card.id);
  node.dataset.state = card.state;
  writeWho(node.querySelector("[data-who]"), card.delegation, "");
  const raised = node.querySelector("[data-raised]");
  if (raised.textContent.trim() !== timeIn(zone, card.raised_at)) write(raised, timeIn(zone, card.raised_at));
  showState(node.querySelector(".state"), card.state, words(`point.${card.state}`));
  node.querySelector("[data-appeal]").hidden = !card.appealed_by;
  write(node.querySelector("[data-appealed-by]"), card.appealed_by ? inLanguage(card.appealed_by.name) : "");
  const ruling = node.querySelector("[data-ruling]");
  ruling.hidden = !card.ruling;
  write(ruling, card.ruling);
  node.querySelector("[data-point-acts]").hidden = !hasActs;
  for (const button of node.querySelectorAll("[data-act]")) {
    button.value = card.id;
    button.hidden = !button.dataset.when.split(" ").includes(card.state);
  }
  if (card.state === "recognised") {
    if (!clocks.has(card.id)) {
      clocks.set(card.id, new FloorClock(node.querySelector("[data-clock]"), { time, limits: { amber_ms: 0 } }));
      clocks.get(card.id).show({ allotted_ms: card.seconds * 1_000, consumed_ms: 0, running_since: card.recognised_at });
    }
  } else forgetClock(card.id);
  return node;
}

function forgetClock(id) {
  clocks.get(id)?.show(null);
  clocks.get(id)?.stop();
  clocks.delete(id);
}
