// The lot as a browser works it out, against the examples that the server's own is held to.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { canonical, commitmentOf, drawn, verify } from "../../sessions/review/static/review/lot.js";

const examples = JSON.parse(readFileSync(new URL("lots.json", import.meta.url), "utf8"));
const fiji = ["FJ\tFiji"];
const seed = "0".repeat(64);

for (const { claim, ...example } of examples) {
  test(claim, async () => {
    assert.equal(await commitmentOf(example.seed), example.commitment);
    const file = createHash("sha256").update(canonical(example.names)).digest("hex");
    assert.equal(file, example.canonical_sha256);
    assert.equal(await drawn(example.seed, example.names), example.drawn);
    const verdict = await verify({ ...example, index: example.drawn });
    assert.deepEqual(verdict, { failed: null, drawn: example.drawn });
  });
}

test("a lot that was tampered with fails at that step", async () => {
  const [{ seed, names, commitment, drawn: index }, other] = examples;
  const failing = async (change) => (await verify({ commitment, seed, names, index, ...change })).failed;
  assert.equal(await failing({ seed: seed.slice(1) }), "seed");
  assert.equal(await failing({ seed: other.seed }), "commitment");
  assert.equal(await failing({ names: [] }), "list");
  assert.equal(await failing({ index: index + 1 }), "drawn");
  assert.equal(await failing({ names: [...names].reverse(), index: names.length }), "drawn");
  assert.equal(await failing({}), null);
});

for (const names of [
  [],
  ["Fiji"],
  ["\tFiji"],
  ["FJ\t"],
  ["FJ\tFiji\n"],
  ["FJ\tFiji\nFI\tFinland"],
  ["FJ\tFi\tji"],
  ["FJ\tFiji\u2028FI"],
  ["FJ\tFiji\r"],
  ["FJ\tFiji", "FJ\tRepublic of Fiji"],
  ["FJ\t\ud800"],
]) {
  test(`no list: ${JSON.stringify(names)}`, async () => {
    assert.throws(() => canonical(names), RangeError);
    const verdict = await verify({ commitment: await commitmentOf(seed), seed, names, index: 0 });
    assert.deepEqual(verdict, { failed: "list", drawn: null });
  });
}

test("what is no seed is refused", async () => {
  for (const wrong of ["", "0".repeat(63), "0".repeat(65), "A".repeat(64), `${seed}\n`]) {
    await assert.rejects(commitmentOf(wrong), RangeError);
    await assert.rejects(drawn(wrong, fiji), RangeError);
    assert.deepEqual(await verify({ commitment: seed, seed: wrong, names: fiji, index: 0 }), { failed: "seed", drawn: null });
  }
});
