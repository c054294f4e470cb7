// The server's time in a page, measured by round trips: the page says what its own clock shows, the server answers with
// that, with its own time and with how long it held the question. The true difference of the two clocks lies within half
// a trip of what one trip tells, however uneven the two ways are, so the shortest trip is the best.
//
// It stands on performance.now(), which nobody can set. That may stop while a device sleeps, Date.now() never does: when
// the two come apart, either the device slept or somebody set its clock. Which of them cannot be told from here, so what
// was measured before is forgotten, the time goes on as if the clock had been set, and the server has to be asked again.

const DRIFT = 200e-6; // ms a ms: how far apart two cheap clocks run at most
const KEPT = 8; // trips
const JUMP = 300; // ms; browsers that blur their clocks do so by less
const STANDS_FOR = 1_000; // ms

/** What this page's own clock shows: ms since it was opened. */
export const pageTime = () => Math.round(performance.now() * 10) / 10;

const apart = () => Date.now() - performance.now();

export class ServerTime {
  #trips = [];
  #apart = apart();
  #offset = this.#apart; // ms from performance.now() to the server's time; the device's own clock until one is measured
  #measured = false;
  #askedSince = -Infinity; // questions from before the device slept are answered across its sleep
  #told = -Infinity;

  /**
   * Milliseconds since 1970 by the server's clock. It never goes back by less than a second: where it was ahead by so
   * little it stands still until the time has caught up. What is further off is put right at once.
   */
  now() {
    const now = performance.now() + this.#offset;
    if (now < this.#told && this.#told - now < STANDS_FOR) return this.#told;
    this.#told = now;
    return now;
  }

  /** Within how many ms `now()` is right; Infinity where it was not measured (since the device slept). */
  get accuracy() {
    return this.#trips.length ? Math.min(...this.#trips.map(uncertainty)) : Infinity;
  }

  /** Takes over what the server answered; `heardAt` is when, by pageTime. False where it says nothing. */
  take({ yours, now, held_ms: held }, heardAt) {
    if (yours < this.#askedSince) return false;
    const half = Math.max(0, heardAt - yours - held) / 2;
    this.#trips.push({ heardAt, half, offset: now + half - heardAt });
    this.#trips = this.#trips.slice(-KEPT);
    // An older trip loses a little with each second: clocks drift.
    this.#offset = this.#trips.reduce((best, trip) => (uncertainty(trip) <= uncertainty(best) ? trip : best)).offset;
    this.#measured = true;
    return true;
  }

  /** Whether the device slept, or its clock was set, since this was asked last. */
  jumped() {
    const before = this.#apart;
    this.#apart = apart();
    if (Math.abs(this.#apart - before) < JUMP) return false;
    this.#trips = [];
    this.#askedSince = pageTime();
    if (!this.#measured) this.#offset = this.#apart;
    return true;
  }
}

const uncertainty = ({ half, heardAt }) => half + Math.max(0, performance.now() - heardAt) * DRIFT;
