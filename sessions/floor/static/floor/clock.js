// The floor's clock. A card says how much time there is, how much was used, and since when it runs; every page counts
// down from that by the server's time, and nothing is sent meanwhile. `sessions/floor/clock.py` reckons the same.
//
// A clock's card: {allotted_ms, consumed_ms, running_since: "2021-11-16T05:00:00.123Z" or null while it stands}.
// Times that are handed in, `now`, are ms since 1970 by the server's clock (live.now()).

const SECOND = 1_000; // ms
const SOONEST = 1; // ms: a timer may come a moment early, and is set again
const LIMITS = { amber_ms: 30_000, grace_ms: 15_000 };
const LATE = 2_000; // ms after which nobody is told any more how much is left

/** Milliseconds that are left; below zero, by how much the time is over. */
export function remaining(clock, now) {
  return clock.allotted_ms - clock.consumed_ms - Math.max(0, now - startOf(clock, now));
}

/** "normal"; "amber" from `amber_ms` before the end, once it has begun: of a short time that waits nothing is nearly over;
 *  "over" from the end; "grace_over" from `grace_ms` after it. */
export function phase(clock, now, limits = {}) {
  const { amber_ms: amber, grace_ms: grace } = { ...LIMITS, ...limits };
  const left = remaining(clock, now);
  if (left > amber) return "normal";
  if (left > 0) return hasBegun(clock) ? "amber" : "normal";
  return left > -grace ? "over" : "grace_over";
}

/**
 * "3:45", "1:02:03", and counted up after the end: "+0:12". A second that has begun is shown whole until the end, so
 * that 0:00 appears exactly then. `lang` says which digits ("ar-u-nu-latn").
 */
export function face(ms, lang) {
  const seconds = shownSeconds(ms);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = digits(lang, 2);
  const parts = [two(seconds % 60)];
  if (hours) parts.unshift(digits(lang, 1)(hours), two(minutes));
  else parts.unshift(digits(lang, 1)(minutes));
  return (ms <= -SECOND ? "+" : "") + parts.join(":");
}

/** Milliseconds until the face or the phase is another; Infinity where the clock stands. */
export function nextChange(clock, now, limits = {}) {
  if (clock.running_since === null) return Infinity;
  const { amber_ms: amber, grace_ms: grace } = { ...LIMITS, ...limits };
  const left = remaining(clock, now);
  const next = left > 0 ? (shownSeconds(left) - 1) * SECOND : -(shownSeconds(left) + 1) * SECOND;
  const ahead = [next, amber, 0, -grace].filter((mark) => mark < left);
  return Math.max(0, startOf(clock, now) - now) + left - Math.max(...ahead);
}

/** What is to be said aloud as time goes by: "amber" as that begins, "over" as the time ends, otherwise null. */
export function announcement(previous, next) {
  if (previous === "normal" && next === "amber") return "amber";
  const isOver = (name) => name === "over" || name === "grace_over";
  return previous !== null && !isOver(previous) && isOver(next) ? "over" : null;
}

const hasBegun = (clock) => clock.running_since !== null || clock.consumed_ms > 0;
const startOf = (clock, now) => (clock.running_since === null ? now : Date.parse(clock.running_since));
const shownSeconds = (ms) => (ms > 0 ? Math.ceil(ms / SECOND) : Math.floor(Math.abs(ms) / SECOND)); // never -0

const formats = new Map();

function digits(lang, least) {
  const key = `${lang} ${least}`;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(lang, { minimumIntegerDigits: least, useGrouping: false }).format);
  return formats.get(key);
}

/**
 * A clock in a page, which sets one timer for its next change and none while it stands or the page is hidden:
 *
 *   <div data-clock data-says-amber="30 seconds left." data-says-over="Time is up." hidden>
 *     <time data-face role="timer" aria-live="off" dir="ltr"></time>
 *     <span data-when-phase="over grace_over">over time</span>
 *     <span data-says role="status" class="visually-hidden"></span>
 *   </div>
 *
 * `data-phase` and `data-runs` ("yes", "no") say how it stands; `data-when-phase` shows words in the phases it names.
 * `shows(left)` makes the text out of what is left, in ms, where it is not the face.
 * `time` is realtime's `live`: now(), accuracy, and "offset" events. As long as that does not know the time, a clock that
 * runs is left as the server wrote it; where it is not sure of it any more, `data-doubtful` is set.
 */
export class FloorClock {
  #clock = null;
  #phase = null;
  #isNew = false;
  #timer = null;

  constructor(root, { time, limits = {}, lang = `${document.documentElement.lang}-u-nu-latn`, shows = (left) => face(left, lang) }) {
    this.root = root;
    this.time = time;
    this.limits = { ...LIMITS, ...limits };
    this.shows = shows;
    this.draw = this.draw.bind(this);
    time.addEventListener("offset", this.draw);
    document.addEventListener("visibilitychange", this.draw);
  }

  /**
   * Shows the clock of a card, or none; `limits` of this floor, {amber_ms, grace_ms}, where they are others than before.
   * What a new card brings is told by whoever shows it, and not said aloud.
   */
  show(clock, limits = {}) {
    this.#clock = clock;
    this.limits = { ...this.limits, ...limits };
    this.#isNew = true;
    this.draw();
  }

  draw() {
    clearTimeout(this.#timer);
    this.root.hidden = !this.#clock;
    if (!this.#clock || document.hidden) return;
    const runs = this.#clock.running_since !== null;
    const knows = Number.isFinite(this.time.accuracy);
    this.root.dataset.runs = runs ? "yes" : "no";
    this.root.toggleAttribute("data-doubtful", runs && !knows);
    if (runs && !knows && this.#phase === null) return;
    this.#write(this.time.now());
  }

  stop() {
    clearTimeout(this.#timer);
    this.time.removeEventListener("offset", this.draw);
    document.removeEventListener("visibilitychange", this.draw);
  }

  #write(now) {
    const next = phase(this.#clock, now, this.limits);
    const left = remaining(this.#clock, now);
    const shown = this.root.querySelector("[data-face]");
    shown.textContent = this.shows(left);
    shown.setAttribute("datetime", `PT${shownSeconds(left)}S`);
    if (next !== this.#phase) this.#enter(next, left);
    this.#isNew = false;
    const wait = nextChange(this.#clock, now, this.limits);
    if (wait < Infinity) this.#timer = setTimeout(this.draw, Math.max(SOONEST, Math.ceil(wait)));
  }

  #enter(next, left) {
    const { saysAmber, saysOver } = this.root.dataset;
    const said = this.#isNew ? null : announcement(this.#phase, next);
    const late = left < this.limits.amber_ms - LATE; // a page that was hidden meanwhile
    this.root.querySelector("[data-says]").textContent = said === "over" ? saysOver : said === "amber" && !late ? saysAmber : "";
    this.#phase = next;
    this.root.dataset.phase = next;
    for (const node of this.root.querySelectorAll("[data-when-phase]")) {
      node.hidden = !node.dataset.whenPhase.split(" ").includes(next);
    }
  }
}
