// How everything stands by the cards, which act is the next right one, and why another cannot be done now.
// sessions/floor/views/acts.py says the same for the page as it is written; its table comes with the page.

import { remaining } from "./clock.js";

export const table = JSON.parse(document.getElementById("acts").textContent);

// Of a floor on which nothing ever happened.
const UNTOUCHED = { list_is_open: false, holder: null, order: [], expected: {}, free_at: "", through_at: null, point: null, grace_ms: 15_000, rev: 0, desk_holder: null, desk_holder_name: "", desk_since: null, is_rehearsed: false, script: {} };
const HOLDING = ["called", "speaking", "paused", "interrupted"];
const SPOKEN = ["speaking", "paused"];
const DONE = ["completed", "cut", "filed", "forfeited"];
const JUST_BEGUN = 10_000; // ms of a speech in which ending it is asked once

/** `session` is the session's state, `me` the id of who looks, `now` the server's time in ms. */
export function standOf(cards, { session, me, now }) {
  const floor = cards.get("floor") ?? UNTOUCHED;
  const turn = (id) => cards.get(`turn.${id}`);
  const all = [...cards].filter(([key]) => key.startsWith("point.")).map(([, card]) => card);
  const points = all.sort((one, other) => other.raised_at.localeCompare(one.raised_at) || other.id - one.id);
  return {
    floor,
    session,
    now,
    holder: turn(floor.holder),
    // The list has moved, and the card of who has the floor now comes with the next event of the same change.
    isBetween: floor.holder !== null && !HOLDING.includes(turn(floor.holder)?.state),
    waiting: floor.order.map(turn).filter(Boolean),
    places: new Map(floor.order.map((id, index) => [id, index + 1])),
    done: [...cards.values()].filter((card) => "clock" in card && DONE.includes(card.state)).sort(byCall),
    calledAt: [...cards.values()].reduce((last, { called_at }) => (called_at > last ? called_at : last), ""),
    points,
    point: points.find((each) => each.id === floor.point),
    isRunning: floor.is_rehearsed || session === "live",
    isMine: floor.desk_holder === null || floor.desk_holder === me,
    holdsDesk: floor.desk_holder === me,
  };
}

function byCall(one, other) {
  return (one.called_at ?? "").localeCompare(other.called_at ?? "") || one.id - other.id;
}

/** The turn that the centre shows: who has the floor, else who is next; nobody is once the session is over. */
export function inView({ holder, waiting, session }) {
  return holder ?? (session === "ended" ? undefined : waiting[0]);
}

/** As they were called, then as they wait. */
export function statements({ done, holder, waiting }) {
  return [...done, holder, ...waiting].filter((turn) => turn?.kind === "statement");
}

/** The one that is being heard, or was heard last: what a hand raised in the room is about, most often. */
export function statementOn(stand) {
  return statements(stand).findLast(({ state }) => table.begun.includes(state));
}

export function nextAct({ session, isRunning, point, holder, floor }) {
  if (session === "ended") return "over";
  if (session === "suspended") return "session_resume";
  if (!isRunning) return "go_live";
  if (point) return { raised: "recognise", recognised: "rule" }[point.state] ?? "decide";
  if (!holder) return floor.order.length ? "call_next" : "";
  if (holder.state === "called") return holder.mode === "written" && holder.can_be_filed ? "file" : "start";
  return holder.state === "speaking" ? "end" : "resume";
}

/** The card of whom the next act concerns. */
export function nextAbout(stand) {
  const act = nextAct(stand);
  if (["recognise", "rule", "decide"].includes(act)) return stand.point;
  return act === "call_next" ? stand.waiting[0] : stand.holder;
}

export function hasJustBegun({ holder, now }) {
  return holder?.state === "speaking" && holder.clock.allotted_ms - remaining(holder.clock, now) < JUST_BEGUN;
}

const needs = {
  running: ({ isRunning }) => isRunning,
  no_point: ({ point }) => !point,
  free: ({ holder }) => !holder,
  waiting: ({ floor }) => floor.order.length > 0,
  called: ({ holder }) => holder?.state === "called",
  spoken: ({ holder }) => SPOKEN.includes(holder?.state),
  speaking: ({ holder }) => holder?.state === "speaking",
  stopped: ({ holder }) => ["paused", "interrupted"].includes(holder?.state),
  interrupted: ({ holder }) => holder?.state === "interrupted",
  film_begun: ({ holder }) => holder?.mode === "video" && holder.state !== "speaking" && holder.clock.consumed_ms > 0,
  in_doubt: ({ holder }) => holder?.state === "interrupted" || (holder?.state === "called" && ["video", "written"].includes(holder.mode)),
  grace: ({ holder, floor, now }) => Boolean(holder) && -remaining(holder.clock, now) >= floor.grace_ms,
  extensions: ({ holder }) => Boolean(holder) && holder.extended_count < table.most_extensions,
  real: ({ floor }) => !floor.is_rehearsed,
  rehearsed: ({ floor }) => floor.is_rehearsed,
  scheduled: ({ session }) => session === "scheduled",
  on: ({ session }) => ["live", "suspended"].includes(session),
  live: ({ session }) => session === "live",
  suspended: ({ session }) => session === "suspended",
  not_ended: ({ session }) => session !== "ended",
  nobody_heard: ({ points }) => points.every(({ state }) => state !== "recognised"),
};

/** Why an act cannot be done now, as a key of the page's words "why.…"; "" where it can. */
export function hindrance(act, stand) {
  if (!(act in table.acts)) return "state";
  return table.acts[act].needs_desk && !stand.isMine ? "not_yours" : lack(act, stand);
}

/** The same, whoever holds the desk. */
export function lack(act, stand) {
  const missing = (table.needs[act] ?? []).find((need) => !needs[need](stand));
  if (!missing) return "";
  if (missing === "running") return { suspended: "suspended", ended: "ended" }[stand.session] ?? "not_live";
  return table.missing[missing] ?? "state";
}

/** The same of an act on one turn or point, whose card is `about`. */
export function hindranceOn(act, about, stand) {
  const { takes, states } = table.acts[act];
  if (takes === "turn" || takes === "point") {
    if (!about) return "state";
    if (states.length && !states.includes(about.state)) return "state";
    if (act === "file" && !about.can_be_filed) return "no_text";
    if (act === "note_appeal" && !canBeAppealed(about, stand)) return "late";
  }
  return hindrance(act, stand);
}

/** An appeal is made at once: until somebody is called. */
export function canBeAppealed(point, { calledAt }) {
  return table.acts.note_appeal.states.includes(point.state) && calledAt <= point.ruled_at;
}

/** Which of the texts of what is asked are said, by their keys. */
export function casesOf(act, about, { floor, holder }) {
  const cases = [""];
  if (act === "not_present") cases.push(!about.absent_count ? "first" : about.can_be_filed ? "filed" : "forfeited");
  if (act === "go_live" && floor.is_rehearsed) cases.push("rehearsal");
  if (holder && (act === "end_session" || (act === "suspend" && holder.state === "speaking"))) cases.push("speaking");
  if (act === "end_session" && floor.order.length) cases.push("unreached");
  return cases;
}
