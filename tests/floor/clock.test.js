// The floor's clock: what it reckons, what it shows, and when it shows something else.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { announcement, face, FloorClock, nextChange, phase, remaining } from "../../sessions/floor/static/floor/clock.js";
import { seeded } from "./virtual.js";

const START = Date.parse("2021-11-16T05:00:00.123Z");
const runs = (allotted, consumed = 0) => ({ allotted_ms: allotted, consumed_ms: consumed, running_since: "2021-11-16T05:00:00.123Z" });
const stands = (allotted, consumed = 0) => ({ allotted_ms: allotted, consumed_ms: consumed, running_since: null });

test("what is left is what was allotted, less what was used and less how long it runs", () => {
  assert.equal(remaining(stands(180_000), START), 180_000);
  assert.equal(remaining(stands(180_000, 40_500), START), 139_500);
  assert.equal(remaining(runs(180_000, 40_500), START + 1_250), 138_250);
  assert.equal(remaining(runs(1_000), START + 4_000), -3_000);
  assert.equal(remaining(runs(180_000), START - 700), 180_000);
});

test("a phase begins exactly where it says", () => {
  const at = (left) => phase(stands(100_000, 100_000 - left), START);
  assert.deepEqual([30_001, 30_000, 1, 0, -14_999, -15_000].map(at), ["normal", "amber", "amber", "over", "over", "grace_over"]);
  assert.equal(phase(stands(60_000, 10_000), START, { amber_ms: 60_000 }), "amber");
  assert.equal(phase(stands(0, 1), START, { grace_ms: 0 }), "grace_over");
});

test("a short time is nearly over only once it has begun", () => {
  assert.deepEqual([stands(11_600), stands(11_600, 1), runs(11_600), stands(0)].map((clock) => phase(clock, START)), ["normal", "amber", "amber", "over"]);
});

test("a second that has begun is shown whole, and nought appears exactly at the end", () => {
  const shown = { 225_000: "3:45", 224_001: "3:45", 224_000: "3:44", 1: "0:01", 0: "0:00", [-999]: "0:00", [-1_000]: "+0:01", [-12_999]: "+0:12", [-61_000]: "+1:01" };
  for (const [ms, text] of Object.entries(shown)) assert.equal(face(Number(ms), "en"), text);
  assert.equal(face(-0, "en"), "0:00");
  assert.deepEqual([3_600_000, 3_599_000, 3_723_000, 36_000_000].map((ms) => face(ms, "en")), ["1:00:00", "59:59", "1:02:03", "10:00:00"]);
  assert.deepEqual(["ar-EG", "ar-u-nu-latn", "id"].map((lang) => face(65_000, lang)), ["١:٠٥", "1:05", "1:05"]);
});

test("until the next change nothing changes, and then something does", () => {
  const random = seeded(1);
  for (let n = 0; n < 5_000; n += 1) {
    const limits = { amber_ms: Math.floor(random() * 60_000), grace_ms: Math.floor(random() * 20_000) };
    const clock = runs(Math.floor(random() * 120_000), Math.floor(random() * 60_000));
    const now = START + Math.floor(random() * 120_000) - 5_000;
    const shows = (at) => `${face(remaining(clock, at), "en")} ${phase(clock, at, limits)}`;
    const wait = nextChange(clock, now, limits);
    assert.ok(wait > 0 && wait <= 6_000);
    assert.equal(shows(now + wait - 1), shows(now));
    assert.notEqual(shows(now + wait), shows(now));
  }
  assert.equal(nextChange(stands(5_000), START), Infinity);
});

test("only the last half minute and the end are said aloud, each once", () => {
  const order = [null, "normal", "amber", "over", "grace_over"];
  const said = order.flatMap((before) => order.slice(1).map((next) => [before, next, announcement(before, next)])).filter(([, , words]) => words);
  assert.deepEqual(said, [
    ["normal", "amber", "amber"],
    ["normal", "over", "over"],
    ["normal", "grace_over", "over"],
    ["amber", "over", "over"],
    ["amber", "grace_over", "over"],
  ]);
});

// In a page

function part(dataset = {}) {
  return { dataset, hidden: false, textContent: "as the server wrote it", attributes: {}, setAttribute(name, value) { this.attributes[name] = value; } };
}

function page() {
  const [shown, says, overtime] = [part(), part(), part({ whenPhase: "over grace_over" })];
  says.textContent = "";
  const root = Object.assign(part({ saysAmber: "30 seconds left.", saysOver: "Time is up." }), {
    querySelector: (selector) => ({ "[data-face]": shown, "[data-says]": says })[selector],
    querySelectorAll: () => [overtime],
    toggleAttribute(name, on) {
      this.attributes[name] = on;
    },
  });
  return { root, shown, says, overtime };
}

let time;
let timers;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
  globalThis.document = Object.assign(new EventTarget(), { hidden: false, documentElement: { lang: "en" } });
  time = Object.assign(new EventTarget(), { now: () => Date.now(), accuracy: 20 });
  timers = mock.method(globalThis, "setTimeout");
});

test("a page shows each second when it comes, by one timer for each", () => {
  const { root, shown } = page();
  new FloorClock(root, { time }).show(runs(5_000));
  const seen = [shown.textContent];
  for (let ms = 0; ms < 8_000; ms += 100) {
    mock.timers.tick(100);
    if (shown.textContent !== seen.at(-1)) seen.push(shown.textContent);
  }
  assert.deepEqual(seen, ["0:05", "0:04", "0:03", "0:02", "0:01", "0:00", "+0:01", "+0:02", "+0:03"]);
  assert.equal(shown.attributes.datetime, "PT3S");
  assert.ok(timers.mock.callCount() <= 10);
});

test("a clock that stands sets no timer", () => {
  const { root, shown } = page();
  new FloorClock(root, { time }).show(stands(90_000, 500));
  assert.deepEqual([shown.textContent, root.dataset.runs, root.dataset.phase], ["1:30", "no", "normal"]);
  assert.equal(timers.mock.callCount(), 0);
});

test("a hidden page sets no timer, and is right at once when it is seen again", () => {
  const { root, shown, says } = page();
  new FloorClock(root, { time }).show(runs(60_000));
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  const before = timers.mock.callCount();
  mock.timers.tick(48_000);
  assert.deepEqual([timers.mock.callCount(), shown.textContent], [before, "1:00"]);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual([shown.textContent, root.dataset.phase], ["0:12", "amber"]);
  assert.equal(says.textContent, ""); // it is not half a minute any more
});

test("what is said aloud and what is written follow the phase", () => {
  const { root, says, overtime } = page();
  new FloorClock(root, { time }).show(runs(32_000));
  assert.deepEqual([says.textContent, overtime.hidden], ["", true]);
  mock.timers.tick(2_000);
  assert.equal(says.textContent, "30 seconds left.");
  mock.timers.tick(30_000);
  assert.deepEqual([says.textContent, overtime.hidden], ["Time is up.", false]);
  mock.timers.tick(15_000);
  assert.deepEqual([says.textContent, root.dataset.phase], ["", "grace_over"]);
});

test("what another card brings is not said by the clock", () => {
  const { root, says } = page();
  const clock = new FloorClock(root, { time });
  clock.show(runs(60_000));
  clock.show(runs(10_000));
  assert.deepEqual([says.textContent, root.dataset.phase], ["", "amber"]);
  clock.show(null);
  assert.equal(root.hidden, true);
});

test("until the time is known the server's words stand, and where it is in doubt the page says so", () => {
  const { root, shown } = page();
  time.accuracy = Infinity;
  new FloorClock(root, { time }).show(runs(60_000));
  assert.deepEqual([shown.textContent, root.attributes["data-doubtful"]], ["as the server wrote it", true]);
  time.accuracy = 40;
  time.dispatchEvent(new Event("offset"));
  assert.deepEqual([shown.textContent, root.attributes["data-doubtful"]], ["1:00", false]);
  time.accuracy = Infinity;
  mock.timers.tick(1_000);
  assert.deepEqual([shown.textContent, root.attributes["data-doubtful"]], ["0:59", true]);
});

test("a floor's own grace is what its clock goes by", () => {
  const { root } = page();
  const clock = new FloorClock(root, { time });
  clock.show(runs(1_000), { grace_ms: 3_000 });
  mock.timers.tick(3_999);
  assert.equal(root.dataset.phase, "over");
  mock.timers.tick(1);
  assert.equal(root.dataset.phase, "grace_over");
});

test("since when somebody is awaited is counted like a clock whose time is none, in words of one's own", () => {
  const { root, shown, says } = page();
  new FloorClock(root, { time, shows: (left) => `${Math.floor(-left / 1_000)} s ago` }).show(runs(0));
  const seen = [shown.textContent];
  for (let ms = 0; ms < 3_000; ms += 500) {
    mock.timers.tick(500);
    if (shown.textContent !== seen.at(-1)) seen.push(shown.textContent);
  }
  assert.deepEqual(seen, ["0 s ago", "1 s ago", "2 s ago", "3 s ago"]);
  assert.equal(says.textContent, "");
});

test("a clock that is taken away leaves nothing running", () => {
  const { root, shown } = page();
  const clock = new FloorClock(root, { time });
  clock.show(runs(60_000));
  clock.stop();
  mock.timers.tick(5_000);
  time.dispatchEvent(new Event("offset"));
  assert.equal(shown.textContent, "1:00");
});
