// What a page says can be asked for, and its clock's face, are what the server says: one table for both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { whyNoPoint, whyNot } from "../../sessions/floor/static/floor/asking.js";
import { face, phase } from "../../sessions/floor/static/floor/clock.js";

const { base, cases, faces } = JSON.parse(readFileSync(new URL("asking.json", import.meta.url), "utf8"));

for (const { but, point, ...kinds } of cases) {
  test(`what can be asked for with ${JSON.stringify(but)}`, () => {
    const asker = { ...base, ...but };
    for (const [kind, why] of Object.entries(kinds)) assert.equal(whyNot(kind, asker), why, kind);
    assert.equal(whyNoPoint(asker), point);
  });
}

test("a clock shows the same face in the same phase", () => {
  for (const [left, shown, named] of faces) {
    assert.equal(face(left, "en"), shown);
    assert.equal(phase({ allotted_ms: left + 1, consumed_ms: 1, running_since: null }, 0, { grace_ms: 15_000 }), named, left);
    if (left > 0) assert.equal(phase({ allotted_ms: left, consumed_ms: 0, running_since: null }, 0), "normal");
  }
});
