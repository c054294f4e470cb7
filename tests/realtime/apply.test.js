// What the Python tests recorded, replayed through the script that pages run: the two may not drift apart.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { apply, applyTallies } from "../../realtime/static/realtime/apply.js";

const folder = new URL("../recordings/", import.meta.url);
const recordings = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there is something to replay", () => {
  assert.notEqual(recordings.length, 0, "run the Python tests first: they record what they follow");
});

for (const name of recordings) {
  test(name, () => {
    const { cards, tallies, events, told, then } = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const seen = new Map(Object.entries(cards));
    const counts = new Map(Object.entries(tallies));
    for (const event of events) apply(seen, event);
    applyTallies(counts, told);
    for (const key of counts.keys()) if (!seen.has(key)) counts.delete(key);
    assert.deepEqual(Object.fromEntries(seen), then.cards);
    assert.deepEqual(Object.fromEntries(counts), then.tallies);
  });
}

test("an older count is dropped", () => {
  const counts = new Map([["question.1", { votes: 5, version: 9 }]]);
  applyTallies(counts, { "question.1": { votes: 4, version: 8 } });
  assert.deepEqual(counts.get("question.1"), { votes: 5, version: 9 });
});
