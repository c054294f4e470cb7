// How a link is measured and told, and in which order calls stand, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { describe, measure } from "../../platform/registration/static/registration/help_link.js";
import { inOrder, minutesSince } from "../../platform/registration/static/registration/help_queue.js";

const WORDS = { none: "none", answered: "{answered} of {tried}, {ms} ms", socket: "at once", asking: "late" };

/** A clock that goes on by the next of `steps` between two looks at it. */
function clock(steps) {
  let at = 0;
  return () => {
    at += steps.shift() ?? 0;
    return at;
  };
}

function socketThat(does) {
  return () => {
    const socket = { sent: [], send(text) { this.sent.push(text); }, close() { this.closed = true; } };
    queueMicrotask(() => does(socket));
    return socket;
  };
}

test("the round trip is the median of what was answered, and what was not is lost", async () => {
  const answers = [true, false, true, true];
  const ask = async () => {
    if (!answers.shift()) throw new Error("away");
  };
  const socket = socketThat((each) => each.onmessage());
  // Looks at the clock: before and after each that is answered, before the one that is lost.
  const now = clock([0, 40, 0, 0, 900, 0, 60]);
  assert.deepEqual(await measure({ ask, socket, now }), { rtt_ms: 60, lost: 1, tried: 4, way: "socket" });
});

test("a network that lets no socket through is asked", async () => {
  const closed = socketThat((socket) => socket.onclose());
  assert.equal((await measure({ ask: async () => {}, socket: closed })).way, "asking");
  const forbidden = () => {
    throw new Error("blocked by policy");
  };
  assert.equal((await measure({ ask: async () => {}, socket: forbidden })).way, "asking");
});

test("a link is told in the page's words", () => {
  assert.equal(describe({ rtt_ms: 60, lost: 1, tried: 4, way: "socket" }, WORDS), "3 of 4, 60 ms; at once");
  assert.equal(describe({ rtt_ms: null, lost: 4, tried: 4, way: "asking" }, WORDS), "none");
});

test("calls that nobody took come first, and of each the oldest", () => {
  const item = (key, order, made) => ({ dataset: { key: `ticket.${key}`, order: String(order), made: String(made) } });
  const items = [item(11, 1, 5), item(10, 0, 9), item(9, 0, 7), item(8, 0, 9)];
  assert.deepEqual(inOrder(items).map((each) => each.dataset.key), ["ticket.9", "ticket.8", "ticket.10", "ticket.11"]);
});

test("who has an answer waits no more", () => {
  assert.equal(minutesSince("", 600_000), null);
  assert.equal(minutesSince("300", 600_000), 5);
  assert.equal(minutesSince("700", 600_000), 0);
});
