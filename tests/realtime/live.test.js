// The page's link against an unkind network: sockets that never open, streams that end, answers that are lost.
// live.js makes its one link as it is imported, so what a browser has is put in place first, and each test imports anew.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const TOPIC = "session.12.floor";

class Socket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  said = [];

  constructor(address) {
    this.address = String(address);
    Socket.all.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen?.({});
    this.tell({ hello: { now: Date.now(), user: 7, retry_spread_ms: 2000, renew_within_ms: 300_000 } });
  }

  send(text) {
    this.said.push(JSON.parse(text));
  }

  tell(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  close() {
    this.readyState = 3;
  }

  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

class Stream extends EventTarget {
  static all = [];
  closed = false;

  constructor(address) {
    super();
    this.address = new URL(address);
    Stream.all.push(this);
  }

  open() {
    this.onopen?.({});
    this.tell({ hello: { now: Date.now(), user: 7, retry_spread_ms: 2000, renew_within_ms: 300_000 } });
  }

  get topics() {
    return this.address.searchParams.getAll("topic");
  }

  tell(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  close() {
    this.closed = true;
  }
}

const browser = { listeners: new EventTarget(), fetched: [], answer: null };
let imports = 0;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  Socket.all = [];
  Stream.all = [];
  browser.listeners = new EventTarget();
  browser.fetched = [];
  browser.answer = () => new Promise(() => {});
  const document = new EventTarget();
  Object.assign(document, { body: { dataset: { liveUrl: "/live/", liveTicket: "made with the page" } }, cookie: "", hidden: false, querySelector: () => null, getElementById: () => null });
  globalThis.document = document;
  globalThis.location = new URL("https://sidang.example/s/12/");
  globalThis.addEventListener = (...listens) => browser.listeners.addEventListener(...listens);
  globalThis.performance = { now: () => Date.now() };
  globalThis.WebSocket = Socket;
  globalThis.EventSource = Stream;
  globalThis.fetch = (address, options) => {
    const asked = { address: new URL(address), ...options };
    browser.fetched.push(asked);
    return browser.answer(asked);
  };
});

async function link() {
  imports += 1;
  return (await import(`../../realtime/static/realtime/live.js?${imports}`)).live;
}

/** Lets promises go on that wait for nothing. */
async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function pass(ms) {
  mock.timers.tick(ms);
  await settle();
}

const json = (value, status = 200) => Promise.resolve({ ok: status < 400, status, json: () => Promise.resolve(value) });
const page = (status) => Promise.resolve({ ok: false, status, json: () => Promise.reject(new SyntaxError("a page, not JSON")) });
const snapshot = (seq, cards, part = [1, 1]) => ({ topic: TOPIC, at: `e.0:${seq}`, part, cards, tallies: {}, tallies_at: 0 });
const event = (seq, cards) => ({ topic: TOPIC, seq, name: "question.approved", cards });
const follows = (socket) => socket.said.filter((each) => each.follow);
const commands = (socket) => socket.said.filter((each) => each.do);
const posts = () => browser.fetched.filter(({ address }) => address.pathname === "/live/do/");

/** Every try by websocket fails until the stream's turn. */
async function untilStream() {
  while (!Stream.all.length) {
    await pass(40_000);
    const last = Socket.all.at(-1);
    if (last?.readyState === 0) last.lose();
  }
  return Stream.all.at(-1);
}

async function untilAsking() {
  const frames = [{ topic: TOPIC, at: "e.0:4", resumed: true }];
  browser.answer = ({ address }) => (address.pathname === "/live/since/" ? json({ frames }) : new Promise(() => {}));
  const asked = () => browser.fetched.some(({ address }) => address.pathname === "/live/since/");
  while (!asked()) {
    await pass(40_000);
    const last = Socket.all.at(-1);
    if (last?.readyState === 0) last.lose();
    if (Stream.all.length && !Stream.all.at(-1).closed) Stream.all.at(-1).onerror?.({});
  }
  await settle();
}

test("what is followed before the socket is open is followed when it opens, once", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4", tallies: 9 });
  live.follow("user.7");
  await pass(0);
  assert.equal(Socket.all.length, 1);
  assert.equal(Socket.all[0].address, "wss://sidang.example/live/socket/");
  Socket.all[0].open();
  assert.deepEqual(follows(Socket.all[0]), [
    { ticket: "made with the page", follow: { [TOPIC]: { at: "e.0:4", tallies: 9 }, "user.7": { at: "", tallies: 0 } }, time: 0 },
  ]);
  live.follow("session.12.picture");
  assert.equal(follows(Socket.all[0]).length, 2);
});

test("a ticket is renewed before it is over, and the next socket comes in with the new one", async () => {
  const live = await link();
  live.follow(TOPIC);
  await pass(0);
  const [socket] = Socket.all;
  socket.open();
  socket.tell({ hello: { now: Date.now(), user: 7, retry_spread_ms: 2000, renew_within_ms: 300_000 } });
  for (let passed = 0; passed < 300_000; passed += 10_000) {
    socket.tell({ topic: TOPIC, beat: 0 });
    await pass(10_000);
  }
  const renewals = () => socket.said.filter((message) => message.renew);
  assert.ok(renewals().length >= 1);
  socket.tell({ ticket: "a fresh one" });
  socket.lose();
  await pass(2000);
  Socket.all[1].open();
  assert.equal(follows(Socket.all[1])[0].ticket, "a fresh one");
});

test("a server that accepts and can do no more is left alone longer and longer, and other ways are tried", async () => {
  mock.method(Math, "random", () => 1);
  const live = await link();
  live.follow(TOPIC);
  await pass(0);
  const waits = [];
  for (let tries = 1; tries <= 3; tries += 1) {
    const socket = Socket.all.at(-1);
    socket.readyState = 1;
    socket.onopen({});
    socket.lose(1011);
    const before = Socket.all.length + Stream.all.length;
    let waited = 0;
    for (; Socket.all.length + Stream.all.length === before; waited += 500) await pass(500);
    waits.push(waited);
  }
  assert.deepEqual(waits, [2000, 4000, 8000]);
  assert.equal(Stream.all.length, 1);
  assert.equal(live.status, "reconnecting");
});

test("a proxy that lets the handshake through and nothing else is given up", async () => {
  const live = await link();
  live.follow(TOPIC);
  await pass(0);
  Socket.all[0].readyState = 1;
  Socket.all[0].onopen({});
  await pass(7000);
  assert.equal(live.status, "reconnecting");
});

test("pages come back within the time that the server told last", async () => {
  const live = await link();
  live.follow(TOPIC);
  await pass(0);
  const [socket] = Socket.all;
  socket.open();
  socket.tell({ topic: TOPIC, beat: 0, retry_spread_ms: 60_000 });
  mock.method(Math, "random", () => 0.5);
  socket.lose();
  await pass(14_000);
  assert.equal(Socket.all.length, 1);
  await pass(2000);
  assert.equal(Socket.all.length, 2);
});

test("a gap is asked for once, and what comes twice is taken once", async () => {
  const live = await link();
  const changed = [];
  const floor = live.follow(TOPIC, { changed: (_, { seq }) => changed.push(seq) });
  await pass(0);
  const [socket] = Socket.all;
  socket.open();
  socket.tell(snapshot(1, {}));
  socket.tell(event(3, { a: 1 }));
  socket.tell(event(4, { b: 1 }));
  assert.equal(follows(socket).length, 2);
  assert.deepEqual(follows(socket)[1], { follow: { [TOPIC]: { at: "e.0:1", tallies: 0 } } });
  socket.tell({ topic: TOPIC, at: "e.0:1", resumed: true });
  for (const seq of [2, 3, 3, 4]) socket.tell(event(seq, { [`card${seq}`]: 1 }));
  assert.deepEqual(changed, [undefined, 2, 3, 4]);
  assert.equal(floor.cards.size, 3);
});

test("a socket lost within a snapshot comes back for a whole one", async () => {
  const live = await link();
  const floor = live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  Socket.all[0].open();
  Socket.all[0].tell(snapshot(9, { a: 1 }, [1, 2]));
  Socket.all[0].lose();
  await pass(2000);
  Socket.all[1].open();
  assert.deepEqual(follows(Socket.all[1])[0].follow, { [TOPIC]: { at: "", tallies: 0 } });
  Socket.all[1].tell(snapshot(9, { a: 1, b: 1 }));
  assert.deepEqual([...floor.cards.keys()], ["a", "b"]);
});

test("a page that comes back from the browser's cache is linked again", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  Socket.all[0].open();
  browser.listeners.dispatchEvent(new Event("pagehide"));
  assert.equal(Socket.all[0].readyState, 3);
  browser.listeners.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await pass(0);
  assert.equal(Socket.all.length, 2);
  Socket.all[1].open();
  assert.equal(follows(Socket.all[1]).length, 1);
});

test("a page that was left before it was linked opens nothing behind the reader's back", async () => {
  const live = await link();
  live.follow(TOPIC);
  browser.listeners.dispatchEvent(new Event("pagehide"));
  await pass(60_000);
  assert.equal(Socket.all.length, 0);
  browser.listeners.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await pass(0);
  assert.equal(Socket.all.length, 1);
});

test("a dead socket is noticed soon after the phone wakes", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  Socket.all[0].open();
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(6000);
  await pass(2000);
  assert.equal(Socket.all.length, 2);
});

test("a storm of wake-ups asks once", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  Socket.all[0].open();
  const before = follows(Socket.all[0]).length;
  for (let n = 0; n < 50; n += 1) {
    document.dispatchEvent(new Event("visibilitychange"));
    browser.listeners.dispatchEvent(new Event("online"));
  }
  assert.equal(follows(Socket.all[0]).length, before + 1);
});

test("a command waits for the socket, is sent once by it, and again by the next until it is answered", async () => {
  const live = await link();
  live.follow(TOPIC);
  const voted = live.do("question.vote", { question_id: 7 });
  await pass(0);
  Socket.all[0].open();
  assert.equal(commands(Socket.all[0]).length, 1);
  Socket.all[0].lose();
  await pass(2000);
  Socket.all[1].open();
  assert.deepEqual(commands(Socket.all[1]), commands(Socket.all[0]));
  Socket.all[1].tell({ id: commands(Socket.all[1])[0].id, done: { votes: 3 } });
  assert.deepEqual(await voted, { votes: 3 });
  Socket.all[1].lose();
  await pass(2000);
  Socket.all[2].open();
  assert.deepEqual(commands(Socket.all[2]), []);
});

test("a refusal rejects with what the person is told", async () => {
  const live = await link();
  const voted = live.do("question.vote", { question_id: 7 });
  await pass(0);
  Socket.all[0].open();
  const refused = { code: "wrong_move", message: "Too late." };
  Socket.all[0].tell({ id: commands(Socket.all[0])[0].id, refused });
  await assert.rejects(voted, (error) => error.code === "wrong_move" && error.message === "Too late.");
});

test("where sockets never open a stream takes over, and says so", async () => {
  const live = await link();
  const told = [];
  live.addEventListener("status", ({ detail }) => told.push(detail));
  const floor = live.follow(TOPIC, { at: "e.0:4" });
  const stream = await untilStream();
  assert.deepEqual([stream.topics, stream.address.searchParams.get("at")], [[TOPIC], "e.0:4"]);
  stream.open();
  stream.tell(event(5, { a: 1 }));
  assert.deepEqual([...floor.cards.keys()], ["a"]);
  assert.deepEqual(told, ["reconnecting", "fallback"]);
});

test("what is followed while a stream opens is in the next address", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await untilStream();
  live.follow("user.7");
  await settle();
  assert.deepEqual(Stream.all.at(-1).topics, [TOPIC, "user.7"]);
  assert.deepEqual(Stream.all.map(({ closed }) => closed), [true, false]);
});

test("a command under way is not sent again because the stream changed its topics", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  (await untilStream()).open();
  live.do("question.vote", { question_id: 7 });
  live.follow("user.7");
  Stream.all.at(-1).open();
  await settle();
  assert.equal(posts().length, 1);
});

test("a command whose way broke is sent by the next", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  (await untilStream()).open();
  browser.answer = () => Promise.reject(new TypeError("network"));
  const voted = live.do("question.vote", { question_id: 7 });
  await settle();
  assert.equal(posts().length, 1);
  await pass(2000);
  Socket.all.at(-1).open();
  const [sent] = commands(Socket.all.at(-1));
  assert.equal(sent.id, JSON.parse(posts()[0].body).id);
  Socket.all.at(-1).tell({ id: sent.id, done: {} });
  await voted;
});

test("a page in place of an answer, such as a refused token, ends the command instead of repeating it", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  (await untilStream()).open();
  browser.answer = () => page(403);
  const voted = live.do("question.vote", { question_id: 7 });
  await assert.rejects(voted, (error) => error.code === "failed");
  await pass(60_000);
  assert.equal(posts().length, 1);
});

test("a server that is just restarting is asked again", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  (await untilStream()).open();
  browser.answer = () => page(502);
  live.do("question.vote", { question_id: 7 });
  await settle();
  await pass(2000);
  Socket.all.at(-1).open();
  assert.equal(commands(Socket.all.at(-1)).length, 1);
});

test("a page that follows nothing can still command where sockets never open", async () => {
  const live = await link();
  browser.answer = ({ address }) => (address.pathname === "/live/do/" ? json({ done: { fine: true } }) : page(400));
  const done = live.do("session.go_live", { session_id: 12 });
  for (let n = 0; n < 12 && !posts().length; n += 1) {
    await pass(40_000);
    const last = Socket.all.at(-1);
    if (last?.readyState === 0) last.lose();
  }
  assert.deepEqual(await done, { fine: true });
  assert.equal(browser.fetched.length, 1);
});

test("asking goes on at its pace, one question at a time", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await untilAsking();
  for (let n = 0; n < 5; n += 1) document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  browser.fetched.length = 0;
  for (let n = 0; n < 10; n += 1) await pass(4000);
  assert.equal(browser.fetched.length, 10);
});

test("leaving while there is no link is not forgotten", async () => {
  const live = await link();
  const floor = live.follow(TOPIC, { at: "e.0:4" });
  live.follow("user.7");
  await pass(0);
  Socket.all[0].open();
  Socket.all[0].lose();
  floor.leave();
  await pass(2000);
  Socket.all[1].open();
  assert.deepEqual(Object.keys(follows(Socket.all[1])[0].follow), ["user.7"]);
  floor.leave();
  assert.equal(Socket.all[1].said.length, 1);
});

test("two parts of a page share a topic: it is asked for once, and left with the last of them", async () => {
  const live = await link();
  const told = { one: [], other: [] };
  const one = live.follow(TOPIC, { at: "e.0:4", changed: (cards, event) => told.one.push(event.name) });
  const other = live.follow(TOPIC, { at: "e.0:4", changed: (cards, event) => told.other.push(event.name) });
  await pass(0);
  const [socket] = Socket.all;
  socket.open();
  assert.deepEqual(follows(socket).map(({ follow }) => follow), [{ [TOPIC]: { at: "e.0:4", tallies: 0 } }]);
  socket.tell({ topic: TOPIC, seq: 5, name: "a", cards: { "turn.1": { id: 1 } } });
  assert.deepEqual(told, { one: ["a"], other: ["a"] });
  assert.equal(other.cards.get("turn.1").id, 1);
  const before = socket.said.length;
  one.leave();
  one.leave();
  assert.equal(socket.said.length, before);
  other.leave();
  assert.deepEqual(socket.said.at(-1), { leave: [TOPIC] });
});

test("a part that joins later is brought up to where the others are, as a whole", async () => {
  const live = await link();
  const told = { one: [], other: [] };
  live.follow(TOPIC, { at: "e.0:4", changed: (cards, event) => told.one.push(event.name) });
  await pass(0);
  const [socket] = Socket.all;
  socket.open();
  socket.tell({ topic: TOPIC, seq: 5, name: "a", cards: { "turn.1": { id: 1 } } });
  live.follow(TOPIC, { at: "e.0:4", changed: (cards, event) => told.other.push(event.name) });
  assert.equal(follows(socket).at(-1).follow[TOPIC].at, "");
  socket.tell({ topic: TOPIC, part: [1, 1], at: "e.0:5", cards: { "turn.1": { id: 1 } } });
  assert.deepEqual(told, { one: ["a", "snapshot"], other: ["snapshot"] });
});

test("changed rights are told to the page, which comes back", async () => {
  const live = await link();
  let told = 0;
  live.addEventListener("rights", () => (told += 1));
  live.follow(TOPIC);
  await pass(0);
  Socket.all[0].open();
  Socket.all[0].lose(4403);
  await pass(2000);
  assert.deepEqual([told, Socket.all.length], [1, 2]);
});

test("a page whose own code throws hears the rest all the same", async () => {
  const live = await link();
  const seen = [];
  live.follow(TOPIC, {
    at: "e.0:0",
    changed(cards, { seq }) {
      seen.push(seq);
      if (seq === 1) throw new Error("a mistake of the page");
    },
  });
  browser.answer = ({ address }) =>
    address.pathname === "/live/since/" && address.searchParams.get("at") === "e.0:0"
      ? json({ frames: [event(1, {}), event(2, {})] })
      : json({ frames: [] });
  globalThis.reportError ??= () => {}; // Node has none
  const reported = mock.method(globalThis, "reportError", () => {});
  await (async () => {
    while (seen.length < 2) {
      await pass(40_000);
      const last = Socket.all.at(-1);
      if (last?.readyState === 0) last.lose();
      if (Stream.all.length && !Stream.all.at(-1).closed) Stream.all.at(-1).onerror?.({});
      if (browser.fetched.length > 20) break;
    }
  })();
  assert.deepEqual(seen, [1, 2]);
  assert.equal(reported.mock.callCount(), 1);
});

test("when every way failed it says that there is no connection, and goes on trying", async () => {
  const live = await link();
  const told = [];
  live.addEventListener("status", ({ detail }) => told.push(detail));
  live.follow(TOPIC);
  browser.answer = () => Promise.reject(new TypeError("network"));
  for (let n = 0; n < 30; n += 1) {
    await pass(40_000);
    const last = Socket.all.at(-1);
    if (last?.readyState === 0) last.lose();
    if (Stream.all.length && !Stream.all.at(-1).closed) Stream.all.at(-1).onerror?.({});
  }
  assert.deepEqual(told, ["reconnecting", "lost"]);
  const tries = Socket.all.length;
  await pass(120_000);
  assert.ok(Socket.all.length >= tries);
  while (Socket.all.at(-1).readyState !== 0) await pass(10_000);
  Socket.all.at(-1).open();
  assert.deepEqual(told, ["reconnecting", "lost", "connected"]);
});

test("a link on which nothing is followed is left alone", async () => {
  const live = await link();
  const done = live.do("session.go_live", { session_id: 12 });
  await pass(0);
  Socket.all[0].open();
  Socket.all[0].tell({ id: commands(Socket.all[0])[0].id, done: {} });
  await done;
  for (let n = 0; n < 10; n += 1) await pass(40_000);
  assert.equal(Socket.all.length, 1);
});

test("silence ends a link, and nothing is left running after it", async () => {
  const live = await link();
  const told = [];
  live.addEventListener("status", ({ detail }) => told.push(detail));
  live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  Socket.all[0].open();
  for (let n = 0; n < 4; n += 1) {
    await pass(15_000);
    Socket.all[0].tell({ topic: TOPIC, beat: 4 });
  }
  assert.deepEqual(told, ["connected"]);
  await pass(40_000);
  assert.deepEqual(told, ["connected", "reconnecting"]);
  await pass(2000);
  assert.equal(Socket.all.length, 2);
});

// The server's time

const AHEAD = 600_000; // ms by which the server's clock is ahead of this device's
const asks = (socket) => socket.said.filter((each) => each.time !== undefined);
const told = (yours) => ({ time: { yours, now: yours + AHEAD, held_ms: 0 } });

/** A page whose first question for the time was answered after `trip` ms. */
async function timed(trip) {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await pass(0);
  const [socket] = Socket.all;
  socket.readyState = 1;
  socket.onopen({});
  await pass(trip);
  const [{ time: yours }] = socket.said;
  socket.tell({ time: { yours, now: yours + AHEAD + trip / 2, held_ms: 0 } });
  socket.tell({ hello: { now: Date.now(), user: 7, retry_spread_ms: 2000, renew_within_ms: 300_000 } });
  return { live, socket };
}

async function passWithBeats(socket, ms) {
  for (let passed = 0; passed < ms; passed += 10_000) {
    await pass(10_000);
    socket.tell({ topic: TOPIC, beat: 4 });
  }
}

test("the first message asks for the time, and its answer is what the page goes by", async () => {
  const { live, socket } = await timed(80);
  assert.deepEqual([asks(socket).length, live.now() - Date.now(), live.accuracy], [1, AHEAD, 40]);
});

test("a time that is known well is asked for once a minute, one that is not at once and then less and less", async () => {
  mock.method(Math, "random", () => 0.5);
  const { socket: near } = await timed(80);
  await passWithBeats(near, 600_000);
  assert.ok(asks(near).length <= 11, `${asks(near).length}`);
  Socket.all = [];
  const { socket: far } = await timed(500);
  for (let n = 0; n < 10; n += 1) await pass(1_000);
  assert.equal(asks(far).length, 3); // with the first message, after 2 s, after 4 more
  await passWithBeats(far, 600_000);
  assert.ok(asks(far).length <= 16, `${asks(far).length}`);
});

test("a clock that is set in the middle changes nothing, and is asked about at once", async () => {
  const { live, socket } = await timed(80);
  const offsets = [];
  live.addEventListener("offset", ({ detail }) => offsets.push(detail));
  const before = live.now();
  const opened = performance.now();
  globalThis.performance = { now: () => opened };
  const set = mock.method(Date, "now", () => opened + 300_000);
  assert.deepEqual([live.now(), live.accuracy, asks(socket).length], [before, Infinity, 2]);
  socket.tell({ time: { yours: asks(socket)[1].time, now: before, held_ms: 0 } });
  assert.deepEqual([live.now(), live.accuracy, offsets], [before, 0, [Infinity, 0]]);
  set.mock.restore();
});

test("a phone that wakes asks for the time before anything that may have to wait", async () => {
  const { socket } = await timed(80);
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(socket.said.slice(1).map((each) => Object.keys(each)[0]), ["time", "follow"]);
});

test("a stream's page asks for the time in its address, and beside the stream", async () => {
  mock.method(Math, "random", () => 0.5);
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  const stream = await untilStream();
  const yours = Number(stream.address.searchParams.get("time"));
  await pass(1_000);
  stream.onopen?.({});
  stream.tell({ time: { yours, now: yours + AHEAD + 700, held_ms: 400 } });
  stream.tell({ hello: { now: 0, user: 7, retry_spread_ms: 2000, renew_within_ms: 300_000 } });
  assert.deepEqual([live.now() - Date.now(), live.accuracy], [AHEAD, 300]);
  browser.answer = ({ address }) => json(told(Number(address.searchParams.get("time"))));
  await pass(2_000);
  assert.equal(browser.fetched.at(-1).address.pathname, "/live/time/");
  assert.equal(live.accuracy, 0);
  browser.fetched.length = 0;
  for (let n = 0; n < 20; n += 1) {
    await pass(15_000);
    stream.tell({ topic: TOPIC, beat: 4 });
  }
  assert.equal(browser.fetched.length, 1);
});

test("a page that asks for news asks for the time with it", async () => {
  const live = await link();
  live.follow(TOPIC, { at: "e.0:4" });
  await untilAsking();
  browser.answer = ({ address }) => json({ frames: [{ topic: TOPIC, at: "e.0:4", resumed: true }, told(Number(address.searchParams.get("time")))] });
  await pass(4_000);
  assert.deepEqual([live.now() - Date.now(), live.accuracy], [AHEAD, 0]);
});
