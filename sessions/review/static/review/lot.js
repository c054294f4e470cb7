// The lot of a review, worked out again by whoever wants to check it. What is computed, and of which bytes, is written
// in sessions/review/lot.py; the tests hold both against the same examples. Pure functions over Web Crypto, which
// browsers have on secure pages, and Node has too.

const SEED = /^[0-9a-f]{64}$/;
const BREAKS = /[\p{Cc}\p{Cs}\u2028\u2029]/u; // control characters, and halves of characters

const encoder = new TextEncoder();

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function textOf(seed) {
  if (!SEED.test(seed)) throw new RangeError("a seed is 64 hexadecimal digits in lower case");
  return encoder.encode(seed);
}

/** What is published while the list is open: the SHA-256 of the seed's text, in hexadecimal digits. */
export async function commitmentOf(seed) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", textOf(seed))));
}

/** A line of the list as it counts: "code TAB name", in normal form C. Throws a RangeError for anything else. */
function lineOf(name) {
  const parts = name.split("\t");
  if (parts.length !== 2 || parts.some((part) => !part || BREAKS.test(part))) {
    throw new RangeError(`no line of a list: ${JSON.stringify(name)}`);
  }
  return `${parts[0]}\t${parts[1].normalize("NFC")}`;
}

/** The list as the file that is published, in bytes. Throws a RangeError where it is none. */
export function canonical(names) {
  const lines = names.map(lineOf);
  const codes = new Set(lines.map((line) => line.split("\t")[0]));
  if (!lines.length || codes.size < lines.length) {
    throw new RangeError("a list has each delegation once, and at least one");
  }
  return encoder.encode(lines.map((line) => `${line}\n`).join(""));
}

async function remainder(seed, message, divisor) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", textOf(seed), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  return Number(BigInt(`0x${hex(digest)}`) % BigInt(divisor));
}

/** Which of `names` the lot falls on, from 0. */
export async function drawn(seed, names) {
  return remainder(seed, canonical(names), names.length);
}

/**
 * Whether `index` is what was drawn: { failed, drawn }. `failed` is null, or the first step that does not hold: "seed",
 * "commitment", "list" or "drawn"; `drawn` is what the lot fell on, or null where that cannot be said.
 */
export async function verify({ commitment, seed, names, index }) {
  if (!SEED.test(seed)) return { failed: "seed", drawn: null };
  if ((await commitmentOf(seed)) !== commitment) return { failed: "commitment", drawn: null };
  let fellOn;
  try {
    fellOn = await drawn(seed, names);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { failed: "list", drawn: null };
  }
  return { failed: fellOn === index ? null : "drawn", drawn: fellOn };
}
