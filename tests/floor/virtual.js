// Virtual time: a server, pages with clocks of their own, and the network between them. A page is the real live.js and
// the real clock.js; whenever code of it runs, what a browser has is in place, and its own clocks are what it reads.
import { FloorClock, remaining } from "../../sessions/floor/static/floor/clock.js";

export const TOPIC = "session.12.floor";
const BEAT_EVERY = 15_000; // ms
const real = { Date, setTimeout, clearTimeout };
let imports = 0;

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What happens when, in the true time, which is the server's: ms since 1970. */
export class World {
  now = Date.parse("2021-11-16T05:00:00.000Z");
  #due = []; // a heap by time, then by order of calls
  #calls = 0;

  constructor(seed) {
    this.random = seeded(seed);
  }

  at(time, happens) {
    const due = { time: Math.max(time, this.now), call: (this.#calls += 1), happens };
    let place = this.#due.push(due) - 1;
    for (let above = (place - 1) >> 1; place && before(due, this.#due[above]); above = (place - 1) >> 1) {
      this.#due[place] = this.#due[above];
      place = above;
    }
    this.#due[place] = due;
  }

  in(wait, happens) {
    this.at(this.now + wait, happens);
  }

  /** Lets everything happen that is due up to then. */
  until(time) {
    while (this.#due.length && this.#due[0].time <= time) {
      const { time: then, happens } = this.#next();
      this.now = then;
      happens();
    }
    this.now = time;
  }

  #next() {
    const first = this.#due[0];
    const last = this.#due.pop();
    if (!this.#due.length) return first;
    let place = 0;
    for (let below = 1; below < this.#due.length; below = 2 * place + 1) {
      if (below + 1 < this.#due.length && before(this.#due[below + 1], this.#due[below])) below += 1;
      if (before(last, this.#due[below])) break;
      this.#due[place] = this.#due[below];
      place = below;
    }
    this.#due[place] = last;
    return first;
  }
}

const before = (one, other) => one.time < other.time || (one.time === other.time && one.call < other.call);

/** What EVENTS.md says of the link and of one topic with one card, "clock". */
export class Server {
  lines = new Set();
  events = [];
  changedAt = []; // when each event was sent
  clock = null;

  constructor(world, { holdsUpTo = 800 } = {}) {
    this.world = world;
    this.holdsUpTo = holdsUpTo; // ms for which a page that comes in waits for its hello
    world.in(BEAT_EVERY, () => this.#beat());
  }

  /** The floor's clock is another one from now on. */
  change(clock) {
    this.clock = clock && { ...clock, running_since: clock.running_since && new real.Date(clock.running_since).toISOString() };
    this.events.push({ topic: TOPIC, seq: this.events.length + 1, name: "floor.changed", cards: { clock: this.clock } });
    this.changedAt.push(this.world.now);
    for (const line of this.lines) if (line.follows) line.tell("event", this.events.at(-1));
  }

  hear(line, { follow, time }) {
    const heardAt = this.world.now;
    const first = !this.lines.has(line);
    this.lines.add(line);
    const answer = () => {
      const now = Math.round(this.world.now);
      const held = Math.round(this.world.now - heardAt);
      if (time !== undefined) line.tell("time", { time: { yours: time, now, held_ms: held } });
      if (first) line.tell("hello", { hello: { now, user: 7, retry_spread_ms: 2_000, renew_within_ms: 300_000 } });
      if (follow?.[TOPIC]) this.#bringUp(line, follow[TOPIC].at);
    };
    if (first) this.world.in(this.world.random() * this.holdsUpTo, answer);
    else answer();
  }

  #bringUp(line, at) {
    line.follows = true;
    const seq = this.events.length;
    if (!at) return line.tell("snapshot", { topic: TOPIC, at: `e.0:${seq}`, part: [1, 1], cards: { clock: this.clock }, tallies: {}, tallies_at: 0 });
    line.tell("resumed", { topic: TOPIC, at, resumed: true });
    for (const event of this.events.slice(Number(at.split(":")[1]))) line.tell("missed", event);
  }

  #beat() {
    const beat = { topic: TOPIC, beat: this.events.length, retry_spread_ms: 2_000 };
    for (const line of this.lines) if (line.follows) line.tell("beat", beat);
    this.world.in(BEAT_EVERY, () => this.#beat());
  }
}

/** One page on one device: `out` and `back` are the network's delays in ms, `ppm` how fast its clocks run apart. */
export class Page {
  socket = null;
  asleep = false;
  slept = 0; // ms
  set = 0; // ms by which the reader set the clock
  sent = {}; // kind of frame -> how often the server sent it to this page
  bytes = 0; // of all websocket frames, both ways
  oneWay = null; // what a page believed that takes the server's greeting for the time it is heard at
  seq = 0;

  constructor(world, server, { skew = 0, ppm = 0, out = 0, back = 0, jitter = 0, stops = false }) {
    Object.assign(this, { world, server, skew, ppm, out, back, jitter, stops, born: world.now });
    this.random = seeded(Math.floor(world.random() * 2 ** 31));
    this.has = this.#browser();
  }

  static async open(world, server, device) {
    const page = new Page(world, server, device);
    const before = page.#enter();
    try {
      imports += 1;
      page.live = (await import(`../../realtime/static/realtime/live.js?virtual=${imports}`)).live;
    } finally {
      Object.assign(globalThis, before);
    }
    page.run(() => page.#show());
    return page;
  }

  /** Runs code of the page, on its device. */
  run(code) {
    const random = Math.random;
    const before = this.#enter();
    Math.random = this.random;
    try {
      return code();
    } finally {
      Object.assign(globalThis, before);
      Math.random = random;
    }
  }

  /** What it shows: the ms left by its own reckoning, what is written there, the card that it reckons from, its accuracy. */
  look() {
    return this.run(() => {
      const card = this.following.cards.get("clock") ?? null;
      return { card, left: card && remaining(card, this.live.now()), face: this.root.face.textContent, accuracy: this.live.accuracy };
    });
  }

  /** The device goes to sleep for so long, and its link is dead when it wakes, without saying so. */
  sleep(ms) {
    this.run(() => this.#hide(true));
    this.asleep = true;
    this.wakesAt = this.world.now + ms;
    this.cut();
    this.world.at(this.wakesAt, () => {
      this.asleep = false;
      this.slept += ms;
      this.run(() => this.#hide(false));
    });
  }

  /** The link is dead; the page hears of it, where `hears`. */
  cut({ hears = false } = {}) {
    const { socket } = this;
    if (!socket) return;
    socket.dead = true;
    this.server.lines.delete(socket.line);
    if (hears) this.run(() => socket.onclose?.({ code: 1006 }));
  }

  /** ms that one packet takes; now and then it is held up. */
  trip(way) {
    return way + (this.random() < 0.3 ? this.random() * this.jitter : 0);
  }

  get elapsed() {
    return (this.world.now - this.born) * (1 + this.ppm * 1e-6);
  }

  #enter() {
    const before = {};
    for (const name in this.has) before[name] = globalThis[name];
    Object.assign(globalThis, this.has);
    return before;
  }

  #show() {
    this.root = element();
    this.floor = new FloorClock(this.root, { time: this.live, lang: "en" });
    const show = () => this.floor.show(this.following.cards.get("clock") ?? null);
    this.following = this.live.follow(TOPIC, {
      changed: (_cards, { seq }) => {
        this.seq = seq ?? this.following.seq;
        if (this.following) show();
      },
    });
  }

  #hide(hidden) {
    this.has.document.hidden = hidden;
    this.has.document.dispatchEvent(new Event("visibilitychange"));
  }

  #browser() {
    const page = this;
    const now = () => Math.floor(page.born + page.skew + page.set + page.elapsed);
    class ItsDate extends real.Date {
      constructor(...parts) {
        super(...(parts.length ? parts : [now()]));
      }
      static now() {
        return now();
      }
    }
    const document = new EventTarget();
    Object.assign(document, { body: { dataset: { liveUrl: "/live/", liveTicket: "made with the page" } }, cookie: "", hidden: false, querySelector: () => null, getElementById: () => null });
    return {
      Date: ItsDate,
      performance: { now: () => page.elapsed - (page.stops ? page.slept : 0) },
      document,
      location: new URL("https://sidang.example/s/12/"),
      addEventListener() {},
      setTimeout: (code, wait) => page.#timer(code, wait),
      clearTimeout: (timer) => timer && (timer.over = true),
      WebSocket: socketsOf(page),
    };
  }

  #timer(code, wait) {
    const timer = { over: false, slept: this.slept };
    const fire = () => {
      if (timer.over) return;
      if (this.asleep) return this.world.at(this.wakesAt, fire);
      // Where the device's own clock stood still meanwhile, so did its timers.
      const missed = this.stops ? this.slept - timer.slept : 0;
      timer.slept = this.slept;
      if (missed) return this.world.in(missed, fire);
      timer.over = true;
      this.run(code);
    };
    this.world.in(Math.max(1, wait) / (1 + this.ppm * 1e-6), fire);
    return timer;
  }
}

/** The WebSocket of a page: in order, each way with its own delay. */
function socketsOf(page) {
  const { world, server } = page;
  return class Socket {
    static OPEN = 1;
    readyState = 0;
    dead = false;
    #outBy = 0;
    #backBy = 0;

    constructor() {
      page.socket = this;
      this.line = { follows: false, tell: (kind, frame) => this.#tell(kind, frame) };
      world.in(page.trip(page.out) + page.trip(page.back), () => this.#reaches(() => {
        this.readyState = 1;
        this.onopen?.({});
      }));
    }

    send(text) {
      page.bytes += text.length + (text.length < 126 ? 6 : 8);
      this.#outBy = Math.max(this.#outBy, world.now + page.trip(page.out));
      world.at(this.#outBy, () => this.dead || server.hear(this.line, JSON.parse(text)));
    }

    close() {
      this.readyState = 3;
      this.dead = true;
      server.lines.delete(this.line);
    }

    #tell(kind, frame) {
      const text = JSON.stringify(frame);
      page.sent[kind] = (page.sent[kind] ?? 0) + 1;
      page.bytes += text.length + (text.length < 126 ? 2 : 4);
      this.#backBy = Math.max(this.#backBy, world.now + page.trip(page.back));
      world.at(this.#backBy, () => this.#reaches(() => {
        if (frame.hello) page.oneWay = frame.hello.now - globalThis.Date.now();
        this.onmessage?.({ data: text });
      }));
    }

    #reaches(code) {
      if (!this.dead && !page.asleep) page.run(code);
    }
  };
}

function element() {
  const node = () => ({ dataset: {}, attributes: {}, textContent: "", setAttribute(name, value) { this.attributes[name] = value; } });
  const root = Object.assign(node(), { face: node(), says: node(), hidden: true });
  Object.assign(root, {
    querySelector: (selector) => ({ "[data-face]": root.face, "[data-says]": root.says })[selector],
    querySelectorAll: () => [],
    toggleAttribute: (name, on) => (root.attributes[name] = on),
  });
  return root;
}
