// What a device knows of the people, and what it says to a badge by itself. No page and no network in here.

const PREFIX = "SIDANG1:";
// Who came in longer ago went home without being read.
const A_DAY = 16 * 3600 * 1000;

export function codeIn(text) {
  const code = text.trim();
  return code.startsWith(PREFIX) ? code.slice(PREFIX.length) : code;
}

// The mark of a code, as the server makes it: with a code in hand one finds its mark, and not the other way round.
export async function markOf(salt, code) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + code));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Letters without their accents, so that "Perez" finds "Pérez".
function plain(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

function among(list, words, textOf, most) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const found = [];
  for (const one of list) {
    const text = plain(textOf(one));
    if (wanted.every((word) => text.includes(word))) found.push(one);
    if (found.length === most) break;
  }
  return found;
}

export class People {
  constructor() {
    this.forget();
  }

  forget() {
    this.at = "";
    this.salt = "";
    this.offset = 0;
    this.people = new Map();
    this.others = new Map();
    this.marks = new Map();
    this.revoked = new Set();
    this.passages = new Map();
  }

  // A list as the server gives it: all there is, or what changed since the one before. `clock` is this device's.
  take(list, clock) {
    if (list.whole) this.forget();
    this.at = list.at;
    this.salt = list.salt;
    this.offset = list.now - clock;
    for (const id of list.gone) this.#remove(id);
    for (const entry of list.people) {
      this.#remove(entry.id);
      this.people.set(entry.id, entry);
      if (entry.mark) {
        this.marks.set(entry.mark, entry.id);
        this.revoked.delete(entry.mark);
      }
    }
    for (const other of list.others) this.others.set(other.id, other);
    for (const mark of list.revoked) this.revoked.add(mark);
    for (const [id, direction, at, gate] of list.passages) {
      const known = this.passages.get(id);
      if (!known || known.at <= at) this.passages.set(id, { direction, at, gate });
    }
  }

  #remove(id) {
    const entry = this.people.get(id);
    if (entry?.mark) this.marks.delete(entry.mark);
    this.people.delete(id);
    this.others.delete(id);
  }

  // What to keep for the next start without a link, and how to take it up again.
  kept() {
    return {
      at: this.at,
      salt: this.salt,
      offset: this.offset,
      people: [...this.people.values()],
      others: [...this.others.values()],
      revoked: [...this.revoked],
      passages: [...this.passages],
    };
  }

  takeUp(kept) {
    this.forget();
    this.at = kept.at;
    this.salt = kept.salt;
    this.offset = kept.offset;
    for (const entry of kept.people) {
      this.people.set(entry.id, entry);
      if (entry.mark) this.marks.set(entry.mark, entry.id);
    }
    // What a page of an older day kept holds none.
    for (const other of kept.others ?? []) this.others.set(other.id, other);
    this.revoked = new Set(kept.revoked);
    this.passages = new Map(kept.passages);
  }

  // What a badge, or a person who was found by name, means at this moment; it notes that they passed.
  pass({ mark = "", id = null, direction, at, gate }) {
    const person = this.people.get(id ?? this.marks.get(mark));
    if (mark && this.revoked.has(mark)) return { outcome: "revoked", person: null, before: null };
    if (!person) return { outcome: "unknown", person: null, before: null };
    const before = this.passages.get(person.id);
    this.passages.set(person.id, { direction, at, gate });
    const isIn = before?.direction === "in" && at - before.at < A_DAY;
    const again = direction === "in" && isIn;
    return { outcome: again ? "again" : "passed", person, before: again ? before : null };
  }

  // By name or delegation: everybody in whom each of the words is found, at most so many.
  find(words, most = 20) {
    return among(this.people.values(), words, (person) => `${person.name} ${person.delegation}`, most);
  }

  // By name: those who applied and are not admitted.
  findOthers(words, most = 10) {
    return among(this.others.values(), words, (other) => other.name, most);
  }
}
