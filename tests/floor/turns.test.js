// The floor as a page reads it off its cards.
import assert from "node:assert/strict";
import { test } from "node:test";

import { look } from "../../sessions/floor/static/floor/turns.js";

const turn = (id, state, called_at = null) => [`turn.${id}`, { id, state, called_at }];
const floor = (card) => ["floor", { holder: null, order: [], point: null, ...card }];
const point = (id, state, ruled_at = null) => [`point.${id}`, { id, state, ruled_at }];
const ids = (cards) => cards.map((card) => card.id);

test("a floor that was never used is none", () => {
  assert.deepEqual(look(new Map()), { floor: null, holder: null, waiting: [], done: [], points: [], point: null, ruled: null });
});

test("who waits stands in the order of the list, who was heard in the order they were called", () => {
  const view = look(new Map([
    floor({ holder: 2, order: [5, 3, 99] }),
    turn(3, "inscribed"), turn(5, "deferred", "2021-11-16T05:09:00.000Z"), turn(2, "speaking", "2021-11-16T05:20:00.000Z"),
    turn(1, "completed", "2021-11-16T05:10:00.000Z"), turn(4, "cut", "2021-11-16T05:00:00.000Z"), turn(6, "filed"),
  ]));
  assert.equal(view.holder.id, 2);
  assert.deepEqual(ids(view.waiting), [5, 3]);
  assert.deepEqual(ids(view.done), [6, 4, 1]);
});

test("the point of order that is heard goes before the one that was raised first", () => {
  const view = look(new Map([floor({ point: 1 }), point(1, "raised"), point(2, "recognised")]));
  assert.equal(view.point.id, 2);
});

test("a ruling is news until somebody is called", () => {
  const ruled = point(1, "rejected", "2021-11-16T05:10:00.000Z");
  const before = turn(7, "speaking", "2021-11-16T05:10:00.000Z");
  assert.equal(look(new Map([floor({ holder: 7 }), ruled, before])).ruled.id, 1);
  assert.equal(look(new Map([floor({ holder: 8 }), ruled, before, turn(8, "called", "2021-11-16T05:10:00.001Z")])).ruled, null);
});

test("a ruling that is appealed against is open again", () => {
  const view = look(new Map([floor({ point: 1 }), point(1, "appealed", "2021-11-16T05:10:00.000Z")]));
  assert.deepEqual([view.point.state, view.ruled], ["appealed", null]);
});
