// Following topics and sending commands, over a websocket, or server-sent events, or by asking now and then:
// the same frames by each way, so a page never knows which one its network allows.
//
//   import { live } from "…/realtime/live.js"; (its own path here would be hashed without end)
//   const floor = live.follow("session.12.floor", { at, changed(cards, event) {}, tallied(tallies) {}, ... });
//   await live.do("question.vote", { question_id: 7 });
//
// `live` is an EventTarget: "status" tells how the link is ("connected", "reconnecting", "lost" when every way was tried
// in vain, "fallback"), "rights" that this person's rights changed, "offset" that the server's time was measured (or is
// in doubt): `live.now()` is that time, `live.accuracy` within how many ms.

import { apply, applyTallies } from "./apply.js";
import { pageTime, ServerTime } from "./time.js";

const SOCKET_TRIES = 3; // before other ways are tried
const WAYS_TRIED = SOCKET_TRIES + 2; // then by a stream, then by asking, then from the start
const LONGEST_WAIT = 30_000; // ms
const SILENCE = 40_000; // ms: the server says something every 15 s
const OPENING = 6_000; // ms a way may take to open
const ASK_EVERY = 4_000; // ms between two questions where nothing stays open
const RIGHTS_CHANGED = 4403;
// The time is asked for soon again where it is known badly, and then as often as each way says.
const GOOD_TIME = 100; // ms
const ASK_TIME_SOON = 2_000; // ms

class Following {
  constructor(topic, { at = "", tallies = 0, ...told }) {
    this.topic = topic;
    this.listeners = [told];
    this.cards = new Map();
    this.tallies = new Map();
    this.epoch = at.slice(0, Math.max(0, at.lastIndexOf(":")));
    this.seq = seqOf(at);
    this.talliesAt = tallies;
    this.present = null;
  }

  tell(what, ...about) {
    for (const told of this.listeners) {
      try {
        told[what]?.(...about);
      } catch (error) {
        reportError(error); // a mistake of one part of the page is none of the others
      }
    }
  }

  get stand() {
    return { at: this.seq < 0 ? "" : `${this.epoch}:${this.seq}`, tallies: this.talliesAt };
  }

  /** Returns false where a gap shows that something was missed. */
  take(frame) {
    if ("refused" in frame) {
      this.tell("refused", frame.refused);
    } else if ("part" in frame) {
      this.#look(frame);
    } else if ("seq" in frame) {
      if (frame.seq > this.seq + 1) return false;
      if (frame.seq === this.seq + 1) {
        this.seq = frame.seq;
        apply(this.cards, frame);
        this.tell("changed", this.cards, frame);
      }
    } else if ("beat" in frame && frame.beat > this.seq) {
      return false;
    }
    if ("tallies" in frame) {
      applyTallies(this.tallies, frame.tallies);
      this.talliesAt = Math.max(this.talliesAt, frame.tallies_at);
      this.tell("tallied", this.tallies, frame.tallies);
    }
    if ("present" in frame) {
      this.present = frame.present;
      this.tell("presence", frame.present);
    }
    return true;
  }

  #look(frame) {
    const [part, parts] = frame.part;
    if (part === 1) {
      // Until the last part is here, this stands nowhere: a link lost meanwhile must bring all of it again.
      this.seq = -1;
      this.cards.clear();
      this.tallies.clear();
      this.talliesAt = 0;
    }
    apply(this.cards, frame);
    if (part === parts) {
      const colon = frame.at.lastIndexOf(":");
      this.epoch = frame.at.slice(0, colon);
      this.seq = Number(frame.at.slice(colon + 1));
      this.tell("changed", this.cards, { name: "snapshot", cards: frame.cards });
    }
  }
}

/** The number in a position, "epoch:seq"; -1 where there is none. */
function seqOf(at = "") {
  const colon = at.lastIndexOf(":");
  return colon < 0 ? -1 : Number(at.slice(colon + 1));
}

class Live extends EventTarget {
  #topics = new Map();
  #waiting = new Map(); // id -> {name, payload, resolve, reject, way: the one it was sent by}
  #way = null;
  #tries = 0;
  #spread = 2_000;
  #retry = null;
  #silence = null;
  #behind = new Set();
  #hurried = false;
  #renewal = null;
  #time = new ServerTime();
  #timeTimer = null;
  #timesAsked = 0; // since this way opened, or since the time was in doubt
  /** What this page comes in with: made with the page, renewed while it stays. */
  ticket = document.body.dataset.liveTicket ?? "";
  status = "connecting";

  constructor(base) {
    super();
    this.base = new URL(base, location.href);
    addEventListener("online", () => this.#hurry());
    addEventListener("pageshow", (event) => event.persisted && this.#hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#hurry());
    addEventListener("pagehide", () => {
      this.#dropRetry();
      this.#close();
    });
  }

  /** Parts of a page that follow the same topic share it: each is told of everything, and one link carries it. */
  follow(topic, options = {}) {
    const followed = this.#topics.get(topic);
    if (followed) return this.#join(followed, options);
    const following = new Following(topic, options);
    this.#topics.set(topic, following);
    if (this.#way) this.#way.follow([following]);
    else this.#openSoon(0);
    const [told] = following.listeners;
    following.leave = () => this.#leave(following, told);
    return following;
  }

  #join(following, { at, tallies, ...told }) {
    following.listeners.push(told);
    // What came before it joined is told to it, and the others once more, as a whole.
    if (following.cards.size || following.seq > seqOf(at)) {
      following.seq = -1;
      this.#way?.follow([following]);
    }
    return { topic: following.topic, cards: following.cards, tallies: following.tallies, leave: () => this.#leave(following, told) };
  }

  #leave(following, told) {
    following.listeners = following.listeners.filter((each) => each !== told);
    if (following.listeners.length || this.#topics.get(following.topic) !== following) return;
    this.#topics.delete(following.topic);
    this.#way?.leave([following.topic]);
  }

  /** Carries out a command once, however often it has to be sent. Rejects with {code, message, fields}. */
  do(name, payload) {
    const id = uuid();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { name, payload, resolve, reject, way: null });
      if (this.#way?.ready) this.#send(id);
      else this.#openSoon(0);
    });
  }

  /** The server's time, whatever this device's clock shows: ms since 1970. */
  now() {
    this.#lookAtClocks();
    return this.#time.now();
  }

  /** Within how many ms `now()` is right; Infinity as long as that is not known. */
  get accuracy() {
    return this.#time.accuracy;
  }

  // From here on: what the ways in use call.

  opened() {
    this.#tries = 0;
    this.#heard();
    this.#timesAsked = 0;
    this.#askTimeLater();
    this.#tell(this.#way instanceof SocketWay ? "connected" : "fallback");
    for (const [id, { way }] of this.#waiting) if (way !== this.#way) this.#send(id);
  }

  get following() {
    return [...this.#topics.values()];
  }

  /** `heardAt`: when the frame came in, by pageTime. */
  take(frame, heardAt = pageTime()) {
    this.#lookAtClocks();
    this.#hurried = false;
    this.#heard();
    if (frame.retry_spread_ms) this.#spread = frame.retry_spread_ms;
    if (frame.hello) {
      // Only now: a handshake may succeed where nothing comes through, or where the server can do no more than that.
      this.opened();
      this.#spread = frame.hello.retry_spread_ms;
      this.#renewWithin(frame.hello.renew_within_ms);
    } else if (frame.time) {
      this.timeTold(frame.time, heardAt);
    } else if (frame.ticket) {
      this.ticket = frame.ticket;
    } else if (frame.topic) {
      const following = this.#topics.get(frame.topic);
      if (frame.refused || frame.part || frame.resumed) this.#behind.delete(frame.topic);
      if (following && !this.#takenBy(following, frame) && !this.#behind.has(frame.topic)) {
        this.#behind.add(frame.topic);
        this.#way?.follow([following]);
      }
    } else if (frame.id) {
      this.answered(frame.id, frame);
    }
  }

  timeTold(time, heardAt) {
    this.#lookAtClocks();
    if (!this.#time.take(time, heardAt)) return;
    this.#askTimeLater();
    this.dispatchEvent(new CustomEvent("offset", { detail: this.accuracy }));
  }

  answered(id, answer) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (answer.refused) waiting.reject(answer.refused);
    else waiting.resolve(answer.done);
  }

  lost(way, code) {
    if (way !== this.#way) return;
    this.#close();
    if (code === RIGHTS_CHANGED) this.dispatchEvent(new Event("rights"));
    this.#tries += 1;
    this.#tell(this.#tries < WAYS_TRIED ? "reconnecting" : "lost");
    // Full jitter, so that a hall that was thrown out together does not come back together.
    const most = Math.min(LONGEST_WAIT, this.#spread * 2 ** Math.min(this.#tries - 1, 4));
    this.#openSoon(Math.random() * most);
  }

  #takenBy(following, frame) {
    try {
      return following.take(frame);
    } catch (error) {
      reportError(error); // a mistake of the page is not one of the link
      return true;
    }
  }

  // At a random moment, so that those who came together do not ask together.
  #renewWithin(most) {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => {
      this.#way?.renew();
      this.#renewWithin(most);
    }, most * (0.5 + Math.random() / 2));
  }

  #lookAtClocks() {
    if (!this.#time.jumped()) return;
    this.#timesAsked = 0;
    this.#askTime();
    this.dispatchEvent(new CustomEvent("offset", { detail: this.accuracy }));
  }

  #askTime() {
    this.#timesAsked += 1;
    this.#way?.askTime();
    this.#askTimeLater();
  }

  #askTimeLater() {
    clearTimeout(this.#timeTimer);
    if (!this.#way) return; // the next one asks as it opens
    const seldom = this.#way.asksTimeEvery;
    const wait = this.accuracy < GOOD_TIME ? seldom : Math.min(seldom, ASK_TIME_SOON * 2 ** this.#timesAsked);
    // At a random moment, so that those who came together do not ask together.
    this.#timeTimer = setTimeout(() => this.#askTime(), wait * (0.75 + Math.random() / 2));
  }

  #send(id) {
    const waiting = this.#waiting.get(id);
    waiting.way = this.#way;
    this.#way.send(id, waiting.name, waiting.payload);
  }

  #tell(status) {
    if (status === this.status) return;
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }

  #openSoon(wait) {
    if (this.#retry !== null || this.#way) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#open();
    }, wait);
  }

  #dropRetry() {
    clearTimeout(this.#retry);
    this.#retry = null;
  }

  #open() {
    this.#behind.clear();
    this.#hurried = false;
    // Every few tries the websocket has its chance again: networks change.
    const turn = this.#tries % WAYS_TRIED;
    const Way = turn < SOCKET_TRIES ? SocketWay : turn === SOCKET_TRIES && this.#topics.size ? StreamWay : AskingWay;
    this.#way = new Way(this, this.base);
    this.#heard(OPENING);
  }

  #heard(silence = SILENCE) {
    clearTimeout(this.#silence);
    const way = this.#way;
    this.#silence = setTimeout(() => {
      // Where nothing is followed, nothing is said.
      if (this.#topics.size || this.#waiting.size) this.lost(way, 0);
      else this.#heard(silence);
    }, silence);
  }

  #hurry() {
    if (this.#way) {
      if (!this.#way.ready || !this.#topics.size || this.#hurried) return;
      // A phone that slept may hold a socket that is dead without saying so: a live one answers this.
      this.#hurried = true;
      this.#askTime(); // first: what is followed may be waited for
      this.#way.follow(this.following);
      this.#heard(OPENING);
    } else if (this.#topics.size || this.#waiting.size) {
      this.#dropRetry();
      this.#open();
    }
  }

  #close() {
    clearTimeout(this.#silence);
    clearTimeout(this.#timeTimer);
    const way = this.#way;
    this.#way = null;
    way?.close();
  }
}

class SocketWay {
  ready = false;
  asksTimeEvery = 60_000; // ms: a hundred bytes a minute

  constructor(live, base) {
    this.live = live;
    const address = new URL("socket/", base);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onopen = () => {
      this.ready = true;
      this.#say({ ticket: live.ticket, follow: stands(live.following), time: pageTime() });
    };
    this.socket.onmessage = ({ data }) => live.take(JSON.parse(data));
    this.socket.onclose = ({ code }) => live.lost(this, code);
  }

  follow(topics) {
    if (!this.ready || !topics.length) return;
    this.#say({ follow: stands(topics) });
  }

  renew() {
    if (this.ready) this.#say({ renew: true });
  }

  askTime() {
    if (this.ready) this.#say({ time: pageTime() });
  }

  leave(topics) {
    if (this.ready) this.#say({ leave: topics });
  }

  send(id, name, payload) {
    this.#say({ do: name, with: payload, id });
  }

  close() {
    this.ready = false;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
  }

  #say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

const stands = (topics) => Object.fromEntries(topics.map((each) => [each.topic, each.stand]));

// What a proxy says while the server behind it restarts.
const AWAY = [502, 503, 504];

/** What both ways over HTTP share: commands by POST, and the address that says where the page stands. */
class HttpWay {
  ready = false;
  asksTimeEvery = 300_000; // ms: with its headers a question weighs a kilobyte

  constructor(live, base) {
    this.live = live;
    this.base = base;
  }

  async send(id, name, payload) {
    try {
      const response = await fetch(new URL("do/", this.base), {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ do: name, with: payload, id }),
      });
      if (AWAY.includes(response.status)) throw new Error(response.statusText);
      this.live.answered(id, await response.json());
    } catch (error) {
      // A page in place of an answer would be the same page again. Anything else stays among those that wait.
      if (error instanceof SyntaxError) this.live.answered(id, { refused: { code: "failed", message: failed() } });
      else this.live.lost(this, 0);
    }
  }

  address(path) {
    const address = new URL(path, this.base);
    for (const { topic, stand } of this.live.following) {
      address.searchParams.append("topic", topic);
      address.searchParams.append("at", stand.at);
      address.searchParams.append("tallies", stand.tallies);
    }
    address.searchParams.append("ticket", this.live.ticket);
    address.searchParams.append("time", pageTime());
    return address;
  }

  renew() {} // a question by a ticket that is over is answered with the next one
}

class StreamWay extends HttpWay {
  constructor(live, base) {
    super(live, base);
    this.#open();
  }

  #open() {
    this.stream?.close();
    this.stream = new EventSource(this.address("events/"));
    this.stream.onopen = () => {
      this.ready = true;
    };
    this.stream.onmessage = ({ data }) => this.live.take(JSON.parse(data));
    this.stream.addEventListener("closed", ({ data }) => this.live.lost(this, JSON.parse(data).code));
    // The browser would come back with the old positions; we come back with the new ones.
    this.stream.onerror = () => this.live.lost(this, 0);
  }

  follow() {
    this.#open(); // also while it is opening: the address says what is followed
  }

  leave() {
    if (this.live.following.length) this.#open();
  }

  /** Nothing can be asked on the stream itself. Where the answer is lost, the next question comes soon. */
  async askTime() {
    if (!this.ready) return;
    try {
      const address = new URL("time/", this.base);
      address.searchParams.append("time", pageTime());
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      const heardAt = pageTime();
      if (response.ok) this.live.timeTold((await response.json()).time, heardAt);
    } catch {
      // The stream says by itself when the link is lost.
    }
  }

  close() {
    this.ready = false;
    this.stream.close();
  }
}

class AskingWay extends HttpWay {
  asked = 0;
  timer = null;

  constructor(live, base) {
    super(live, base);
    this.#ask();
  }

  async #ask() {
    try {
      this.again = false;
      const { frames, heardAt } = await this.#frames();
      if (this.closed) return;
      if (!this.ready) {
        this.ready = true;
        this.live.opened();
      }
      for (const frame of frames) this.live.take(frame, heardAt);
      this.asked += 1;
      // After a while the better ways are worth another try.
      if (this.asked > 30) this.live.lost(this, 0);
      else this.#askIn(this.again ? 0 : ASK_EVERY);
    } catch {
      if (!this.closed) this.live.lost(this, 0);
    }
  }

  async #frames() {
    if (!this.live.following.length) return { frames: [] }; // a page that commands only
    const response = await fetch(this.address("since/"), { headers: { Accept: "application/json" } });
    const heardAt = pageTime(); // the rest of a long answer takes its time
    if (!response.ok) throw new Error(response.statusText);
    return { frames: (await response.json()).frames, heardAt };
  }

  #askIn(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.#ask();
    }, wait);
  }

  follow() {
    this.again = true; // where a question is under way, once it is answered
    if (this.timer) this.#askIn(0);
  }

  leave() {}

  askTime() {} // each question does

  close() {
    this.closed = true;
    this.ready = false;
    clearTimeout(this.timer);
  }
}

/** Something is wrong that nobody here can name; its words stand in the page. */
function failed() {
  return document.getElementById("status")?.dataset.failed ?? "";
}

function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? cookie("csrftoken");
}

function cookie(name) {
  const pair = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : "";
}

function uuid() {
  // Plain http in a local network has no crypto.randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The page's one link. `<body data-live-url="/live/">` says where the server is. */
export const live = new Live(document.body.dataset.liveUrl ?? "/live/");
