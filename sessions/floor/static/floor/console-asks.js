// What is asked once before an act: a dialog that names whom it concerns. It is closed where it asks of what is over.

import { close, open } from "../web/dialog.js";
import { casesOf, hindranceOn, inView, statementOn, statements, table } from "./console-acts.js";
import { fill, inLanguage, write } from "./console-words.js";

const CALM = 400; // ms in which a second click of the one that opened it says nothing
const NAMED = 12; // of those who are not reached; the others are counted
// They concern no state of the floor: a list that moved on meanwhile takes nothing from them.
const ANY_REV = ["add", "note_point"];

export class Asks {
  #asked = null;
  #opener = null; // what had the focus before

  /** `send(act, payload)` carries it out and rejects with the refusal; `stand()` says how everything stands. */
  constructor(root, { send, stand, words, tell, after }) {
    Object.assign(this, { root, send, stand, words, tell });
    for (const dialog of root.querySelectorAll("dialog[data-asks]")) {
      dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
      dialog.addEventListener("close", () => {
        this.#asked = null;
        after(this.#opener);
      });
    }
  }

  get isOpen() {
    return this.#asked !== null;
  }

  /** `about` is the card of a turn or a point, or nothing; `place` where a turn is to go. */
  ask(act, about, { place } = {}) {
    const stand = this.stand();
    const dialog = document.getElementById(`ask-${act}`);
    const form = dialog.querySelector("form");
    form.reset();
    form.querySelector("[data-refused]").hidden = true;
    if (form.elements.place) {
      form.elements.place.max = stand.floor.order.length;
      form.elements.place.value = place ?? stand.places.get(about.id);
    }
    // Told most often is whoever has the floor, or has it next.
    if (act === "notice") form.elements.delegation_id.value = inView(stand)?.delegation?.id ?? "";
    if (form.elements.about_id) offerStatements(form.elements.about_id, stand, this.words);
    this.#write(dialog, act, about, stand);
    this.#asked = { act, id: about?.id, kind: about && "raised_at" in about ? "point" : "turn", rev: stand.floor.rev, at: performance.now() };
    this.#opener = document.activeElement;
    open(dialog.id);
    // Where the place is chosen already, the reason is what is missing.
    if (place) form.elements.reason.focus();
  }

  #write(dialog, act, about, stand) {
    const names = stand.waiting.slice(0, NAMED).map((turn) => nameOf(turn, this.words));
    const beyond = stand.floor.order.length - names.length;
    if (beyond > 0) names.push(fill(this.words("and_more"), { number: beyond }));
    const values = { name: nameOf(about ?? stand.holder, this.words), names: names.join(this.words("comma")) };
    const cases = casesOf(act, about, stand);
    for (const node of dialog.querySelectorAll("[data-pattern]")) {
      node.hidden = "case" in node.dataset && !cases.includes(node.dataset.case);
      write(node, fill(node.dataset.pattern, values));
    }
  }

  /** After each change: what is asked must still be there to be asked of. Of what was answered its own change comes before
   *  the reply: that is no news, and if somebody else was quicker the refusal says so. */
  check() {
    if (!this.#asked) return;
    const stand = this.stand();
    const { act, id, kind, sent } = this.#asked;
    const about = id && stand.cards.get(`${kind}.${id}`);
    if (id === undefined ? !hindranceOn(act, undefined, stand) : !hindranceOn(act, about, stand)) return;
    this.#asked = null;
    close(`ask-${act}`);
    if (!sent) this.tell(stand.isMine ? this.words("moved_on") : this.words("why.not_yours"), { tone: "warn" });
  }

  async #submit(event) {
    event.preventDefault();
    const asked = this.#asked;
    const form = event.target;
    const isTooSoon = !form.querySelector(".field") && performance.now() - asked?.at < CALM;
    if (!asked || asked.sent || isTooSoon) return;
    asked.sent = true;
    try {
      await this.send(asked.act, { ...fieldsOf(form), ...this.#subject(asked) });
      if (this.#asked === asked) close(`ask-${asked.act}`);
    } catch (refused) {
      asked.sent = false;
      // What it says was read: the next press is on what is there now.
      asked.rev = this.stand().floor.rev;
      if (this.#asked !== asked) return this.tell(refused.message, { tone: "warn" });
      const banner = form.querySelector("[data-refused]");
      write(banner, Object.values(refused.fields ?? {}).join(" ") || refused.message);
      banner.hidden = false;
    }
  }

  #subject({ act, id, rev }) {
    const { takes } = table.acts[act];
    const subject = takes === "session" ? {} : { rev: ANY_REV.includes(act) ? this.stand().floor.rev : rev };
    if (takes === "turn" || takes === "point") subject[`${takes}_id`] = id;
    return subject;
  }
}

/** Whom a turn or a point of order is of. */
export function nameOf(card, words) {
  if (!card) return "";
  return card.delegation ? inLanguage(card.delegation.name) : card.name || words("participant");
}

/** On which statement somebody speaks: none in particular, or one of those that there are now. */
function offerStatements(field, stand, words) {
  field.replaceChildren(field.options[0], ...statements(stand).map((turn) => new Option(nameOf(turn, words), turn.id)));
  field.value = statementOn(stand)?.id ?? "";
}

function fieldsOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  if ("place" in fields) fields.place = Number(fields.place);
  if ("delegation_id" in fields) fields.delegation_id = Number(fields.delegation_id) || null;
  if ("about_id" in fields) fields.about_id = Number(fields.about_id) || null;
  return fields;
}
