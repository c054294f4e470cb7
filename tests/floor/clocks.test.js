// Fifty pages whose clocks are wrong show the same remaining time as the server, and nothing is sent while it runs.
// In virtual time: the pages, their clocks and timers, the network and the server are of tests/floor/virtual.js.
import assert from "node:assert/strict";
import { test } from "node:test";

import { face, remaining } from "../../sessions/floor/static/floor/clock.js";
import { Page, Server, World } from "./virtual.js";

const PAGES = 50;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const JITTER = 100; // ms, on three packets of ten
const TIMER_LATE = 2; // ms between a change that is due and its timer
// ms: a page that says it is less exact than this has slept, and is held to what it says until it has asked again.
const STALE = 400;

const NETWORKS = {
  "250 ms each way": { out: 250, back: 250, within: 150 },
  "400 ms out and 100 back": { out: 400, back: 100, within: 200 },
  "100 ms out and 400 back": { out: 100, back: 400, within: 200 },
};

/** `PAGES` pages, their clocks up to 10 minutes wrong and 100 ppm fast or slow, who come in within 5 s. */
async function hall(world, server, { out, back, jitter = 0, pages: count = PAGES }) {
  const pages = [];
  for (let number = 0; number < count; number += 1) {
    world.until(world.now + world.random() * (5 * SECOND / count));
    const across = (2 * number) / (count - 1) - 1; // from -1 to 1
    pages.push(await Page.open(world, server, { skew: across * 10 * MINUTE, ppm: (world.random() * 2 - 1) * 100, out, back, jitter, stops: number % 2 === 0 }));
  }
  return pages;
}

/** A floor of one speaker: started, extended, interrupted by a point of order, resumed and cut, then the next. */
class Floor {
  constructor(server) {
    this.server = server;
  }

  get left() {
    return this.server.clock && remaining(this.server.clock, this.server.world.now);
  }

  start(allotted) {
    this.server.change({ allotted_ms: allotted, consumed_ms: 0, running_since: this.server.world.now });
  }

  extend(by) {
    this.server.change({ ...this.server.clock, allotted_ms: this.server.clock.allotted_ms + by });
  }

  pause() {
    const { allotted_ms: allotted } = this.server.clock;
    this.server.change({ allotted_ms: allotted, consumed_ms: allotted - this.left, running_since: null });
  }

  resume() {
    this.server.change({ ...this.server.clock, running_since: this.server.world.now });
  }
}

/** [ms from its beginning, what happens]: two minutes that become two and a half, and go into overtime. */
function turn(floor, begins) {
  return [
    [0, () => floor.start(2 * MINUTE)],
    [31_234, () => floor.pause()],
    [38_517, () => floor.resume()],
    [65_003, () => floor.extend(30 * SECOND)],
    [99_999, () => floor.pause()], // a point of order
    [131_001, () => floor.resume()],
    [210_456, () => floor.pause()], // cut, 22 s after the end
    [214_000, () => floor.server.change(null)],
  ].map(([after, happens]) => [begins + after, happens]);
}
const TURN = 220 * SECOND;
const CHANGES = 8;

/**
 * Goes on to the end and looks at every page each `every` ms. Returns the largest error of what is left, in ms, of pages
 * that know the time, and of those that take the server's greeting for the time it is heard at.
 */
function watch(world, server, pages, end, { every = 100, within, newest = Infinity } = {}) {
  const worst = { measured: 0, oneWay: 0, looks: 0 };
  for (let at = world.now + every; at <= end; at += every) {
    world.until(at);
    for (const page of pages) {
      if (page.asleep) continue;
      const seen = page.look();
      const told = server.changedAt.filter((then) => then < world.now - newest).length;
      if (page.socket.line.follows && newest < Infinity) assert.ok(page.seq >= told, `stands at ${page.seq} of ${told}`);
      if (!seen.card || (seen.accuracy === Infinity && !page.mustHold)) continue;
      page.mustHold = true; // from the first measure on, until the device sleeps
      const truth = remaining(seen.card, world.now);
      const error = Math.abs(seen.left - truth);
      assert.ok(error <= seen.accuracy + 1, `${error} ms off where it says ${seen.accuracy}`);
      if (seen.accuracy > STALE && page.slept) continue;
      worst.looks += 1;
      worst.measured = Math.max(worst.measured, error);
      worst.oneWay = Math.max(worst.oneWay, Math.abs(remaining(seen.card, page.run(() => Date.now()) + page.oneWay) - truth));
      const near = [-1, 1].map((side) => face(truth + side * (within + TIMER_LATE), "en"));
      assert.ok(near.includes(seen.face), `${seen.face} is shown at ${truth} ms, ${near}`);
    }
  }
  return worst;
}

const sum = (pages, kind) => pages.reduce((total, page) => total + (page.sent[kind] ?? 0), 0);

for (const [name, { out, back, within }] of Object.entries(NETWORKS)) {
  for (const jitter of [0, JITTER]) {
    test(`with ${name}${jitter ? " and packets held up" : ""}, fifty pages are right within ${within} ms and no tick is sent`, async () => {
      const world = new World(jitter + out);
      const server = new Server(world);
      const pages = await hall(world, server, { out, back, jitter });
      world.until(world.now + 3 * SECOND);
      const before = pages.map((page) => page.bytes);
      const begins = world.now + SECOND;
      for (const [at, happens] of turn(new Floor(server), begins)) world.at(at, happens);
      const worst = watch(world, server, pages, begins + TURN, { within, newest: back + jitter });
      assert.ok(worst.looks > PAGES * 2_000);
      assert.ok(worst.measured <= within, `${worst.measured} ms off`);
      assert.equal(server.events.length, CHANGES);
      assert.equal(sum(pages, "event"), PAGES * CHANGES);
      assert.equal(sum(pages, "missed"), 0);
      // All else is the link's own: a word each 15 s, and the time to whoever asked for it.
      assert.equal(sum(pages, "beat"), PAGES * Math.floor((world.now - begins + 10 * SECOND) / (15 * SECOND)));
      assert.ok(sum(pages, "time") <= PAGES * 9);
      assert.deepEqual([...new Set(pages.flatMap((page) => Object.keys(page.sent)))].sort(), ["beat", "event", "hello", "snapshot", "time"]);
      assert.ok(Math.max(...pages.map((page, at) => page.bytes - before[at])) < 4 * 1_000);
    });
  }
}

for (const [name, { out, back, within }] of Object.entries(NETWORKS).filter(([, { back: late, within: most }]) => late > most)) {
  test(`with ${name}, a page that takes the greeting for the time would not be right`, async () => {
    const world = new World(7);
    const server = new Server(world);
    const pages = await hall(world, server, { out, back });
    const begins = world.now + 4 * SECOND;
    world.at(begins, () => new Floor(server).start(MINUTE));
    const worst = watch(world, server, pages, begins + 20 * SECOND, { within });
    assert.ok(worst.oneWay > within, `${worst.oneWay} ms`);
    assert.ok(worst.measured <= within);
  });
}

for (const [name, { out, back, within }] of Object.entries(NETWORKS)) {
  test(`with ${name}, an hour of drift, a clock set by hand, lost links and a sleep change nothing`, async () => {
    const world = new World(11 + out);
    const server = new Server(world);
    const pages = await hall(world, server, { out, back, jitter: JITTER });
    const began = world.now + 4 * SECOND;
    const floor = new Floor(server);
    const turns = Math.floor(HOUR / TURN);
    for (let number = 0; number < turns; number += 1) for (const [at, happens] of turn(floor, began + number * TURN)) world.at(at, happens);
    const [handy, restless, sleepers] = [pages.slice(0, 10), pages.slice(10, 30), pages.slice(30, 40)];
    for (const page of handy) {
      world.at(began + (5 + world.random() * 40) * MINUTE, () => (page.set += (world.random() - 0.5) * 20 * MINUTE));
    }
    for (const page of restless) {
      for (let at = began + MINUTE; at < began + HOUR; at += (2 + world.random() * 10) * MINUTE) world.at(at, () => page.cut({ hears: world.random() < 0.5 }));
    }
    for (const page of sleepers) {
      world.at(began + (10 + world.random() * 20) * MINUTE, () => {
        page.mustHold = false;
        page.sleep(20 * MINUTE);
      });
    }
    const worst = watch(world, server, pages, began + HOUR, { every: SECOND, within });
    assert.ok(worst.measured <= within, `${worst.measured} ms off`);
    assert.ok(worst.looks > PAGES * 3_000);
    assert.equal(server.events.length, turns * CHANGES);
    for (const page of pages.slice(40)) assert.equal(page.sent.event, turns * CHANGES);
  });
}

test("a device whose clock stood still while it slept says that it is not sure, and is right again soon", async () => {
  const world = new World(3);
  const server = new Server(world);
  const [page] = await hall(world, server, { out: 250, back: 250, pages: 2 });
  world.until(world.now + 5 * SECOND);
  new Floor(server).start(30 * MINUTE);
  world.until(world.now + SECOND);
  assert.equal(page.root.attributes["data-doubtful"], false);
  page.sleep(20 * MINUTE);
  world.until(world.now + 20 * MINUTE);
  assert.equal(page.look().accuracy, Infinity);
  assert.equal(page.root.attributes["data-doubtful"], true);
  // 6 s until a link is known to be dead, up to 2 s until the next, two round trips and what the server takes for them.
  world.until(world.now + 11 * SECOND);
  const seen = page.look();
  assert.equal(page.root.attributes["data-doubtful"], false);
  assert.ok(Math.abs(seen.left - remaining(seen.card, world.now)) <= 150);
});

test("an idle page costs less than a kilobyte a minute", async () => {
  const world = new World(5);
  const server = new Server(world);
  const [page] = await hall(world, server, { out: 20, back: 20, pages: 2 });
  world.until(world.now + MINUTE);
  const [bytes, asked] = [page.bytes, page.sent.time];
  world.until(world.now + 10 * MINUTE);
  assert.ok(page.bytes - bytes < 10 * 1_000);
  assert.ok(page.sent.time - asked <= 14);
});
