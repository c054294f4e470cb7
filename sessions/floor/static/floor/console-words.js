// What the console says, out of the page: its words, names in its language, times in the conference's zone.

import { flagPicture } from "../web/flags.js";
import { face } from "./clock.js";

const page = document.documentElement;

/** The page's words by key ("state.called"), from its <template data-words>. */
export function wordsOf(root) {
  const nodes = root.querySelector("template[data-words]").content.querySelectorAll("[data-word]");
  const words = new Map([...nodes].map((node) => [node.dataset.word, node.textContent]));
  return (key) => words.get(key) ?? "";
}

/** What a card gives by language: in the page's, or the first there is. */
export function inLanguage(texts) {
  return texts?.[page.lang] ?? texts?.[""] ?? Object.values(texts ?? {})[0] ?? "";
}

/** Replaces "{name}" in words. A Latin name must not turn the words around it where they run from right to left. */
export function fill(words, values) {
  const isolated = (value) => (page.dir === "rtl" ? `\u2068${value}\u2069` : value);
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

/** Writes the flag and the name of a delegation, or the name of whoever speaks in their own. */
export function writeWho(node, delegation, name) {
  const words = document.createElement("span");
  words.className = "flag-name";
  words.dir = "auto";
  words.textContent = delegation ? inLanguage(delegation.name) : name;
  if (!delegation) return node.replaceChildren(words);
  const flag = document.createElement("span");
  flag.className = "flag";
  flag.append(...[flagPicture(delegation.country), words].filter(Boolean));
  return node.replaceChildren(flag);
}

/** "13:42" on the conference's clock. */
export function timeIn(timeZone, moment) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(new Date(moment));
}

/** "3:45" of milliseconds that are over. */
export function figure(ms) {
  return face(Math.floor(Math.max(0, ms) / 1_000) * 1_000, "en");
}

/** "3:45" of milliseconds that were given, as the clock shows them before it begins. */
export function given(ms) {
  return face(ms, "en");
}

/** Writes text only where it differs, so that nothing is read out twice and no selection is lost. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
