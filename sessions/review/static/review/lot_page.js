// The lot's page: whoever follows it sees the draw when it happens, and can work it out again in their own browser.

import { live } from "../realtime/live.js";
import { watchLink } from "../web/status.js";
import { canonical, commitmentOf, drawn } from "./lot.js";
import { renewing } from "./renewing.js";

// A hall follows this page.
const SPREAD = 4000; // ms

const lot = () => document.getElementById("lot");
// What this page was told before the draw: the seed is held against this, and not against what is said afterwards.
let promised = lot().dataset.commitment;

const part = renewing("lot", { spread: SPREAD, renewed: offerCheck });

watchLink(live);
live.follow(lot().dataset.topic, {
  at: lot().dataset.at,
  changed(cards) {
    const told = cards.get("review")?.lot;
    if (told) promised ||= told.commitment;
    if (told?.drawn) reveal(told.drawn);
    part.soon();
  },
});

/** At once, from the list that is on the page; the whole of it comes with the fresh page. */
function reveal(delegation) {
  if (lot().dataset.state === "drawn") return;
  const line = lot().querySelector(`[data-delegation="${delegation}"]`);
  const place = lot().querySelector("[data-drawn]");
  if (!line || !place) return;
  lot().dataset.state = "drawn";
  const says = lot().querySelector("[data-says]");
  says.textContent = says.dataset.says;
  place.replaceChildren(line.querySelector(".flag, .flag-name").cloneNode(true));
  place.hidden = false;
  lot().querySelector(".lot-when").hidden = true;
}

function offerCheck() {
  // Web Crypto is there on secure pages only; elsewhere the recipe remains.
  const check = lot().querySelector("[data-check]");
  if (check && globalThis.crypto?.subtle) check.hidden = false;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#check")) checkHere(lot().querySelector("[data-check]"));
});

async function checkHere(check) {
  const seed = lot().querySelector("[data-seed]").textContent;
  const lines = [...lot().querySelectorAll("[data-line]")].map((node) => node.dataset.line);
  for (const step of check.querySelectorAll("[data-step]")) step.hidden = true;
  const steps = { seed: ofSeed, commitment: ofCommitment, list: ofList, drawn: ofDrawn };
  let all = true;
  for (const [name, work] of Object.entries(steps)) {
    const { holds, value = "" } = await work({ seed, lines, check }).catch(() => ({ holds: false }));
    show(check, name, holds, value);
    all &&= holds;
    if (!all) break;
  }
  const end = check.querySelector("[data-end]");
  end.textContent = all ? end.dataset.holds : end.dataset.fails;
  end.dataset.tone = all ? "good" : "danger";
  end.hidden = false;
}

async function ofSeed({ seed }) {
  return { holds: /^[0-9a-f]{64}$/.test(seed) };
}

async function ofCommitment({ seed }) {
  const value = await commitmentOf(seed);
  return { holds: value === promised, value };
}

async function ofList({ lines, check }) {
  const listed = canonical(lines);
  const response = await fetch(check.dataset.file);
  const file = new Uint8Array(await response.arrayBuffer());
  const same = file.length === listed.length && file.every((byte, place) => byte === listed[place]);
  return { holds: response.ok && same, value: String(file.length) };
}

async function ofDrawn({ seed, lines, check }) {
  const index = await drawn(seed, lines);
  return { holds: index === Number(check.dataset.index), value: `${index} · ${lines[index].split("\t")[1]}` };
}

function show(check, name, holds, value) {
  const steps = check.querySelector("[data-steps]");
  const step = check.querySelector(`[data-step=${name}]`);
  const verdict = step.querySelector("[data-verdict]");
  verdict.className = "state";
  verdict.dataset.state = holds ? "done" : "failed";
  verdict.textContent = holds ? steps.dataset.holds : steps.dataset.fails;
  const shown = step.querySelector("[data-value]");
  if (shown) shown.textContent = value;
  step.hidden = false;
}

offerCheck();
