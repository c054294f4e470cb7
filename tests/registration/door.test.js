// What a device says to a badge by itself, without a link: the same that the server says afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";

import { codeIn, markOf, People } from "../../platform/registration/static/registration/door-people.js";

const HOUR = 3600 * 1000;

function entry(id, name, more = {}) {
  return { id, name, category: "Delegates", capacity: "delegate", delegation: "Fiji", country: "FJ", mark: `m${id}`, ...more };
}

function list(more = {}) {
  return { at: "e:1~1", now: 1000, whole: true, salt: "s", people: [], gone: [], revoked: [], passages: [], others: [], ...more };
}

function people(...entries) {
  const known = new People();
  known.take(list({ people: entries }), 1000);
  return known;
}

const read = (known, mark, more = {}) => known.pass({ mark, direction: "in", at: 10 * HOUR, gate: "North", ...more });

test("what a scanner types and what the picture holds are one code", () => {
  assert.equal(codeIn(" SIDANG1:abc\n"), "abc");
  assert.equal(codeIn("abc"), "abc");
});

test("a mark is the hash of the salt and the code, as the server makes it", async () => {
  const mark = await markOf("salt", "code");
  // sha256 of "saltcode"
  assert.equal(mark, "9de3ee6e9ddd58f23a712280d64c4944f121e20034597e9b607e15efca6bab66");
  assert.notEqual(mark, await markOf("another", "code"));
});

test("a badge passes, and is in already the second time", () => {
  const known = people(entry(1, "Ana"));
  assert.equal(read(known, "m1").outcome, "passed");
  const again = read(known, "m1", { at: 11 * HOUR });
  assert.equal(again.outcome, "again");
  assert.deepEqual(again.before, { direction: "in", at: 10 * HOUR, gate: "North" });
  assert.equal(read(known, "m1", { direction: "out", at: 12 * HOUR }).outcome, "passed");
  assert.equal(read(known, "m1", { at: 13 * HOUR }).outcome, "passed");
});

test("whoever came in yesterday went home without being read", () => {
  const known = people(entry(1, "Ana"));
  read(known, "m1", { at: 0 });
  assert.equal(read(known, "m1", { at: 20 * HOUR }).outcome, "passed");
});

test("a revoked badge and an unknown one are two things", () => {
  const known = people(entry(1, "Ana"));
  known.take(list({ whole: false, revoked: ["m1"], people: [entry(1, "Ana", { mark: "new" })] }), 1000);
  assert.equal(read(known, "m1").outcome, "revoked");
  assert.equal(read(known, "new").outcome, "passed");
  assert.equal(read(known, "nothing").outcome, "unknown");
});

test("who left is gone, by badge and by name", () => {
  const known = people(entry(1, "Ana"), entry(2, "Bo"));
  known.take(list({ whole: false, gone: [2], revoked: ["m2"] }), 1000);
  assert.equal(read(known, "m2").outcome, "revoked");
  assert.deepEqual(known.find("bo"), []);
});

test("what other devices of the place read counts here too, and never turns the clock back", () => {
  const known = people(entry(1, "Ana"));
  known.take(list({ whole: false, passages: [[1, "in", 9 * HOUR, "South"]] }), 1000);
  const said = read(known, "m1");
  assert.deepEqual([said.outcome, said.before.gate], ["again", "South"]);
  known.take(list({ whole: false, passages: [[1, "out", 8 * HOUR, "South"]] }), 1000);
  assert.equal(read(known, "m1", { at: 11 * HOUR }).outcome, "again");
});

test("a restart without a link forgets nothing", () => {
  const known = people(entry(1, "Ana"), entry(2, "Bo"));
  known.take(list({ whole: false, revoked: ["old"] }), 1000);
  read(known, "m1");
  const restarted = new People();
  restarted.takeUp(structuredClone(known.kept()));
  assert.deepEqual(restarted.kept(), known.kept());
  assert.equal(read(restarted, "m1", { at: 11 * HOUR }).outcome, "again");
  assert.equal(read(restarted, "old").outcome, "revoked");
});

test("who is not admitted is found by name, and neither passes nor stays once admitted", () => {
  const known = people(entry(1, "Ana"));
  known.take(list({ whole: false, others: [{ id: 2, name: "Bo Ánderson", standing: "waiting" }] }), 1000);
  assert.deepEqual(known.findOthers("anderson bo").map((other) => other.standing), ["waiting"]);
  assert.deepEqual(known.find("bo"), []);
  assert.equal(known.pass({ id: 2, direction: "in", at: HOUR, gate: "North" }).outcome, "unknown");
  const restarted = new People();
  restarted.takeUp(structuredClone(known.kept()));
  assert.equal(restarted.findOthers("bo").length, 1);
  known.take(list({ whole: false, people: [entry(2, "Bo Ánderson")] }), 1000);
  assert.deepEqual([known.find("bo").length, known.findOthers("bo").length], [1, 0]);
  known.take(list({ whole: false, gone: [2] }), 1000);
  assert.deepEqual([known.find("bo").length, known.findOthers("bo").length], [0, 0]);
});

test("names are found by any of their words, without their accents, and by delegation", () => {
  const known = people(entry(1, "José Pérez"), entry(2, "Nguyễn Thị Hoa", { delegation: "Viet Nam" }), entry(3, "فاطمة"));
  const found = (words) => known.find(words).map((person) => person.id);
  assert.deepEqual(found("perez jose"), [1]);
  assert.deepEqual(found("nguyen"), [2]);
  assert.deepEqual(found("viet"), [2]);
  assert.deepEqual(found("فاط"), [3]);
  assert.deepEqual(found("  "), []);
  assert.equal(known.find("i", 1).length, 1);
});
