// Everybody at the same place of a clip, in virtual time: players that are late, early, slow, or on a link that hardly carries.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Steering, beginsIn, isMoving, positionOf } from "../../sessions/stage/static/stage/steering.js";

const BEGIN = "2021-11-18T02:00:03.250+00:00";
const AT = Date.parse(BEGIN);
const CARD = { url: "/a/master.m3u8", title: "Fiji", seconds: 225, position_ms: 0, since: BEGIN, poster: "" };
const TICK = 250; // ms

test("it stands before its beginning, moves with the clock, and stands at its end", () => {
  assert.equal(positionOf(CARD, AT - 2000), 0);
  assert.equal(positionOf(CARD, AT + 61_250), 61.25);
  assert.equal(positionOf({ ...CARD, position_ms: 30_000 }, AT + 1_000), 31);
  assert.equal(positionOf(CARD, AT + 900_000), 225);
  assert.deepEqual([AT - 1, AT, AT + 224_999, AT + 225_000].map((now) => isMoving(CARD, now)), [false, true, true, false]);
  assert.deepEqual([AT - 2_000, AT, AT + 1].map((now) => beginsIn(CARD, now)), [2_000, null, null]);
});

test("it stands where it is held, whatever the clock says", () => {
  const held = { ...CARD, position_ms: 61_250, since: null };
  for (const now of [AT - 1000, AT, AT + 900_000]) {
    assert.equal(positionOf(held, now), 61.25);
    assert.equal(isMoving(held, now), false);
    assert.equal(beginsIn(held, now), null);
  }
});

/**
 * A player in virtual time. `takes` seconds pass until a jump has picture again, less where it jumps into what it has;
 * `link` is how many seconds of film come in a second; `has` is what is there at the beginning.
 */
class Player {
  position;
  rate = 1;
  jumps = 0;
  waits = 0;
  #arrives = null;
  #dry = false; // as browsers do: once it ran out, it goes on when there is something to go on with

  constructor({ position = 0, takes = 0.2, link = 4, has = 4, clock = 1 } = {}) {
    Object.assign(this, { position, takes, link, clock });
    this.start = position;
    this.end = position + has;
  }

  get ready() {
    return this.#arrives === null && !this.#dry;
  }

  reaches(wanted) {
    return this.start <= wanted && wanted + 0.1 < this.end;
  }

  jump(to, now) {
    this.jumps += 1;
    const there = this.reaches(to);
    this.#arrives = now + (there ? 50 : this.takes * 1000);
    this.position = to;
    if (!there) this.start = this.end = to;
    this.#dry = false;
  }

  /** One tick; true where a jump arrived. */
  pass(now) {
    this.end = Math.min(this.end + (this.link * TICK) / 1000, this.position + 20);
    if (this.#arrives !== null) {
      // What is loaded again from the start of a segment is there when it is there.
      if (now < this.#arrives || this.end - this.position < 0.3) return false;
      this.#arrives = null;
      return true;
    }
    if (this.end - this.position < 0.05) this.#dry = true;
    else if (this.end - this.position > 1) this.#dry = false;
    if (this.ready) this.position = Math.min(this.position + ((this.rate * TICK) / 1000) * this.clock, this.end);
    else this.waits += 1;
    return false;
  }
}

/** A page: one steering, and a clock that goes on. */
class Page {
  steering = new Steering();
  now = 0;

  /** Plays for so many seconds from where everybody is at `from`; the drifts in s, once `after` seconds have passed. */
  play(player, seconds, { after = 0, from = 0 } = {}) {
    const drifts = [];
    const begun = this.now;
    for (; this.now < begun + seconds * 1000; this.now += TICK) {
      const passed = (this.now - begun) / 1000;
      const wanted = from + passed;
      const { rate, jump } = this.steering.turn({
        at: this.now,
        position: player.position,
        wanted,
        ready: player.ready,
        reachable: player.reaches(wanted),
      });
      assert.ok(rate >= 0.95 && rate <= 1.05, `a pace of ${rate} is heard`);
      player.rate = rate;
      if (jump !== null) player.jump(jump, this.now);
      if (passed >= after) drifts.push(player.position - wanted);
      if (player.pass(this.now)) this.steering.arrived(this.now + TICK);
    }
    return drifts;
  }
}

const play = (player, seconds, options) => new Page().play(player, seconds, options);
const worst = (drifts) => Math.max(...drifts.map(Math.abs));

test("whoever is in step is left alone", () => {
  const player = new Player();
  assert.ok(worst(play(player, 60)) < 0.05);
  assert.equal(player.jumps, 0);
  assert.equal(player.rate, 1);
});

test("whoever joins late is in step within two seconds", () => {
  for (const takes of [0.05, 0.3, 0.8]) {
    const player = new Player({ position: 0, takes });
    const drifts = play(player, 30, { from: 40, after: 2 });
    assert.ok(worst(drifts) < 0.3, `${worst(drifts)} s after jumps of ${takes} s`);
    assert.ok(player.jumps <= 2, `${player.jumps} jumps`);
  }
});

test("small drifts are pulled in by the pace, without a jump", () => {
  const page = new Page();
  const player = new Player();
  page.play(player, 5);
  for (const drift of [0.6, -0.6, 0.9, -0.9]) {
    const before = player.jumps;
    player.position = drift < 0 ? 5 : 5 + drift;
    player.start = 0;
    player.end = 30;
    const drifts = page.play(player, 60, { from: drift < 0 ? 5 - drift : 5, after: 45 });
    assert.ok(worst(drifts) < 0.15, `${worst(drifts)} s left of ${drift}`);
    assert.equal(player.jumps, before);
  }
});

test("a clock that runs a little fast or slow does not matter", () => {
  for (const clock of [0.99, 1.01]) {
    const player = new Player({ clock });
    assert.ok(worst(play(player, 200, { after: 20 })) < 0.3);
    assert.equal(player.jumps, 0);
  }
});

test("a large drift is jumped over, once", () => {
  const page = new Page();
  const player = new Player();
  page.play(player, 5);
  const drifts = page.play(player, 30, { from: 65, after: 3 });
  assert.ok(worst(drifts) < 0.3);
  assert.ok(player.jumps <= 2);
});

test("a slow link learns how far ahead it has to jump, and is in step", () => {
  const player = new Player({ takes: 4, link: 1.6, has: 0 });
  const drifts = play(player, 240, { from: 40, after: 200 });
  assert.ok(worst(drifts) < 1, `${worst(drifts)} s`);
  assert.ok(player.jumps <= 8, `${player.jumps} jumps`);
});

test("a link that does not carry the film is not kept busy with jumps", () => {
  const player = new Player({ takes: 3, link: 0.6, has: 0 });
  play(player, 600);
  assert.ok(player.jumps > 2, "it goes on trying");
  assert.ok(player.jumps <= 16, `${player.jumps} jumps in ten minutes`);
});

test("nothing is thrown away while it waits for data", () => {
  const page = new Page();
  page.play(new Player(), 5);
  for (let now = 5_000; now < 60_000; now += TICK) {
    const { jump } = page.steering.turn({ at: now, position: 5, wanted: now / 1000, ready: false, reachable: false });
    assert.equal(jump, null);
  }
});

test("after a while in step an earlier trouble is forgotten", () => {
  const page = new Page();
  const player = new Player();
  page.play(player, 5);
  page.play(player, 5, { from: 65 });
  page.play(player, 5, { from: 130 });
  const jumps = player.jumps;
  page.play(player, 60, { from: player.position });
  const drifts = page.play(player, 10, { from: 300, after: 3 });
  assert.ok(player.jumps > jumps);
  assert.ok(worst(drifts) < 0.3, `${worst(drifts)}`);
});
