// Where everybody is in a clip that is played together, and how a player gets there and stays there. Arithmetic alone:
// neither a clock nor a player of its own, so that it is tested in virtual time.

const LEAST = 0.03; // s: nearer than that, nothing is corrected any more
const NOTICED = 0.1; // s: from here on it is corrected
const JUMP = 1; // s: what is further away is not caught up with
const FREE_JUMP = 0.15; // s: nobody minds a jump while a player begins
const FREE_JUMPS = 2; // the first learns how long it takes, the second is exact
const PULL = 5; // s in which a drift would be gone, if the pace could change as much as it takes
const MOST_PULL = 0.05; // of the pace: speech at 95 or 105 % sounds as it should
const FIRST_WAIT = 3_000; // ms from one jump to the next
const LONGEST_WAIT = 60_000; // ms
const CALM = 15_000; // ms in step after which an earlier jump is forgotten
const MOST_AHEAD = 8; // s

/** Seconds into the clip at `now`, a moment in ms on the server's clock. */
export function positionOf(card, now) {
  const moved = card.since === null ? 0 : Math.max(0, now - Date.parse(card.since));
  return Math.min((card.position_ms + moved) / 1000, card.seconds);
}

/** Whether it moves at `now`: not before its beginning, not while it is held, not at its end. */
export function isMoving(card, now) {
  return card.since !== null && now >= Date.parse(card.since) && positionOf(card, now) < card.seconds;
}

/** Milliseconds until it begins to move; null where nobody has said that it will. */
export function beginsIn(card, now) {
  if (card.since === null) return null;
  const wait = Date.parse(card.since) - now;
  return wait > 0 ? wait : null;
}

/**
 * Keeps one player in step while the clip moves. Small drifts are pulled in by the pace, large ones jumped over: never
 * while it waits for data that a jump would throw away, and each time less soon, so that a slow link is not kept busy
 * with beginnings. How long a jump takes is learned, and the next one goes so much further ahead.
 */
export class Steering {
  #pulling = false;
  #free = FREE_JUMPS;
  #next = -Infinity; // ms: no jump before
  #wait = FIRST_WAIT;
  #inStepSince = null;
  #jumpedAt = null;
  ahead = 0; // s that a jump takes

  /** A player that begins, or stood: nobody minds how it gets to where it should be. */
  start() {
    this.#free = FREE_JUMPS;
    this.#pulling = false;
    this.#jumpedAt = null;
  }

  /**
   * What to do at `at` (ms on any clock that goes on): {rate, jump}, where jump is the position to go to, or null.
   * `ready`: there is data to play here; `reachable`: there is data where it should be.
   */
  turn({ at, position, wanted, ready, reachable }) {
    const drift = position - wanted;
    const far = Math.abs(drift) >= (this.#free ? FREE_JUMP : JUMP);
    if (far) {
      this.#inStepSince = null;
      if (this.#mayJump(at, ready, reachable)) return { rate: 1, jump: this.#jump(at, wanted) };
    } else if (ready) {
      this.#free = 0;
      this.#calm(at);
    }
    return { rate: ready ? this.#pull(drift) : 1, jump: null };
  }

  /** The jump has arrived: there is picture and sound again. */
  arrived(at) {
    if (this.#jumpedAt === null) return;
    const took = (at - this.#jumpedAt) / 1000;
    this.ahead = Math.min((this.ahead + took) / 2, MOST_AHEAD);
    this.#jumpedAt = null;
  }

  #mayJump(at, ready, reachable) {
    if (this.#jumpedAt !== null) return false; // the last one is still under way
    return (at >= this.#next || (this.#free > 0 && reachable)) && (ready || reachable);
  }

  #jump(at, wanted) {
    this.#next = at + this.#wait;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#jumpedAt = at;
    // What this one misses, a second one into what is loaded by then makes good.
    this.#free = this.#free ? this.#free - 1 : 1;
    this.#pulling = false;
    return wanted + this.ahead;
  }

  #calm(at) {
    this.#inStepSince ??= at;
    if (at - this.#inStepSince >= CALM) this.#wait = FIRST_WAIT;
  }

  #pull(drift) {
    const size = Math.abs(drift);
    if (size > NOTICED) this.#pulling = true;
    else if (size < LEAST) this.#pulling = false;
    if (!this.#pulling) return 1;
    return 1 - Math.max(-MOST_PULL, Math.min(MOST_PULL, drift / PULL));
  }
}
