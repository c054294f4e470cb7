// The server's time by round trips, on a device whose clocks do what clocks do.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { ServerTime } from "../../realtime/static/realtime/time.js";

const SERVER = 1_637_044_200_000; // the server's time when the page was opened
const real = { Date, performance };
const device = { opened: 0, clock: 0 }; // ms since the page was opened; what the device's clock shows

afterEach(() => Object.assign(globalThis, real));

beforeEach(() => {
  Object.assign(device, { opened: 0, clock: SERVER - 600_000 });
  globalThis.Date = { now: () => device.clock };
  globalThis.performance = { now: () => device.opened };
});

function pass(ms) {
  device.opened += ms;
  device.clock += ms;
}

/** Asks and hears the answer: `out` and `back` ms on the way, `held` by the server. `slept` is true time beside that. */
function ask(time, out, back, held = 0, slept = 0) {
  const yours = device.opened;
  pass(out + held + back);
  const now = SERVER + yours + slept + out + held;
  return time.take({ yours, now, held_ms: held }, device.opened);
}

test("before it is measured, the device's own clock is all there is", () => {
  const time = new ServerTime();
  pass(5_000);
  assert.deepEqual([time.now(), time.accuracy], [SERVER - 595_000, Infinity]);
});

test("an even trip tells the time exactly, whatever the device's clock shows and however long the server took", () => {
  const time = new ServerTime();
  ask(time, 250, 250, 3_000);
  assert.deepEqual([time.now() - SERVER, time.accuracy], [device.opened, 250]);
});

test("an uneven trip is wrong by half the difference, which is within what it says", () => {
  const time = new ServerTime();
  ask(time, 400, 100);
  assert.deepEqual([time.now() - SERVER - device.opened, time.accuracy], [150, 250]);
});

test("the shortest trip counts, and an old one less and less", () => {
  const time = new ServerTime();
  ask(time, 300, 200);
  ask(time, 900, 100);
  assert.ok(Math.abs(time.now() - SERVER - device.opened) === 50);
  ask(time, 20, 20);
  assert.equal(time.accuracy, 20);
  pass(3_600_000);
  assert.equal(time.accuracy, 20 + 720);
  ask(time, 300, 300);
  assert.equal(time.accuracy, 300);
});

test("the time never goes back by a little: it stands until it is right", () => {
  const time = new ServerTime();
  ask(time, 800, 0); // 400 ms ahead
  const ahead = time.now();
  ask(time, 10, 10);
  assert.equal(time.now(), ahead);
  pass(300);
  assert.equal(time.now(), ahead);
  pass(200);
  assert.equal(time.now(), SERVER + device.opened);
});

test("what is far off is put right at once", () => {
  const time = new ServerTime();
  ask(time, 4_000, 0); // 2 s ahead
  time.now();
  ask(time, 10, 10);
  assert.equal(time.now(), SERVER + device.opened);
});

for (const by of [-420_000, 420_000]) {
  test(`a clock set by ${by / 60_000} minutes changes nothing but the certainty`, () => {
    const time = new ServerTime();
    ask(time, 40, 40);
    device.clock += by;
    assert.equal(time.jumped(), true);
    assert.equal(time.jumped(), false);
    assert.deepEqual([time.now() - SERVER, time.accuracy], [device.opened, Infinity]);
    ask(time, 40, 40);
    assert.deepEqual([time.now() - SERVER, time.accuracy], [device.opened, 40]);
  });
}

test("a clock set before anything was measured is believed", () => {
  const time = new ServerTime();
  device.clock += 600_000;
  time.jumped();
  assert.equal(time.now(), SERVER + device.opened);
});

test("a device that slept is put right by the first answer", () => {
  const time = new ServerTime();
  ask(time, 40, 40);
  device.clock += 1_200_000;
  assert.equal(time.jumped(), true);
  ask(time, 40, 40, 0, 1_200_000);
  assert.equal(time.now() - SERVER, device.opened + 1_200_000);
});

test("an answer that came across a sleep tells nothing: its trip looks short and was not", () => {
  const time = new ServerTime();
  const yours = device.opened;
  pass(40);
  const answer = { yours, now: SERVER + device.opened, held_ms: 0 };
  device.clock += 5_000;
  pass(40);
  time.jumped();
  assert.equal(time.take(answer, device.opened), false);
  assert.equal(time.accuracy, Infinity);
});
