// A page that is read anew when something it follows changes: [data-refreshed] names its topics (data-topic-1, data-at-1
// and so on), and each [data-part] in it is replaced where it is another one now. What is open stays open, and a part
// in which somebody is typing or has the focus waits until they have left it.

import { live } from "../realtime/live.js";
import { localise } from "../web/times.js";
import { watchLink } from "../web/status.js";

const SOON = 250; // ms: what changes together is read once
const SPREAD = 500; // ms: those who follow the same do not ask in the same moment

export class Refreshed extends EventTarget {
  #timer = null;
  #reading = false;
  #again = false;

  constructor(root) {
    super();
    this.root = root;
    this.late = new Map(); // parts that wait for whoever is in them
    watchLink(live);
    root.addEventListener("focusout", () => setTimeout(() => this.#settle()));
    for (let number = 1; root.hasAttribute(`data-topic-${number}`); number += 1) {
      live.follow(root.getAttribute(`data-topic-${number}`), {
        at: root.getAttribute(`data-at-${number}`),
        changed: () => this.soon(),
        refused: () => location.reload(),
      });
    }
  }

  soon() {
    this.#timer ??= setTimeout(() => this.read(), SOON + Math.random() * SPREAD);
  }

  async read() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.ok) this.#take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      else if (answer.status === 404) location.reload(); // it is not open to this person any more
    } catch {
      this.#timer ??= setTimeout(() => this.read(), 5_000); // the link is away: its state is told elsewhere
    } finally {
      this.#reading = false;
      if (this.#again) {
        this.#again = false;
        this.soon();
      }
    }
  }

  #take(page) {
    for (const fresh of page.querySelectorAll("[data-refreshed] [data-part]")) {
      const old = this.#part(fresh.dataset.part);
      if (old) this.#offer(old, document.importNode(fresh, true));
    }
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  #offer(old, fresh) {
    if (isOccupied(old)) this.late.set(fresh.dataset.part, fresh);
    else this.#replace(old, fresh);
  }

  #settle() {
    for (const [name, fresh] of this.late) {
      const old = this.#part(name);
      if (isOccupied(old)) continue;
      this.late.delete(name);
      this.#replace(old, fresh);
    }
  }

  #replace(old, fresh) {
    this.late.delete(fresh.dataset.part);
    if (plain(old) === plain(fresh)) return;
    keepOpen(old, fresh);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(fresh);
    if (focused) sameAs(focused, fresh)?.focus({ preventScroll: true });
    localise(fresh);
    window.htmx?.process(fresh);
    this.dispatchEvent(new CustomEvent("replaced", { detail: fresh }));
  }
}

/** Somebody types or chooses in it; a button or a link that has the focus gets it again in the new one. */
const isOccupied = (part) => Boolean(part.querySelector("input:focus, select:focus, textarea:focus, dialog[open]"));

const TOLD = ["name", "value", "href", "data-state", "data-version", "data-since", "data-consumed", "data-allotted"];

/** What a part shows, without what is another at each reading or was written by scripts. */
function plain(part) {
  const copy = part.cloneNode(true);
  for (const node of copy.querySelectorAll("input[type=hidden], .yours, [data-loaded], [data-clock]")) node.remove();
  const told = [...copy.querySelectorAll("*")].flatMap((node) => TOLD.map((name) => node.getAttribute(name) ?? ""));
  return [copy.hidden, copy.textContent.replace(/\s+/g, ""), ...told].join(" ");
}

function keepOpen(old, fresh) {
  const opened = [...old.querySelectorAll("details[open]")].map(keyOf);
  for (const node of fresh.querySelectorAll("details")) if (opened.includes(keyOf(node))) node.open = true;
}

const keyOf = (details) => details.dataset.version ?? details.querySelector("summary")?.textContent.trim();

function sameAs(focused, fresh) {
  const { name, value, id } = focused;
  if (id) return fresh.id === id ? fresh : fresh.querySelector(`#${CSS.escape(id)}`);
  if (name) return fresh.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
  const href = focused.getAttribute("href");
  return href ? fresh.querySelector(`[href="${CSS.escape(href)}"]`) : fresh.querySelector("h2, a, button");
}

const root = document.querySelector("[data-refreshed]");
export const refreshed = root && new Refreshed(root);
