// What somebody may ask of the floor at this moment: `sessions/floor/asking.py` says the same, and the server decides.
//
// An asker: {signed_in, has_voice, session_is_on, speakers, list_is_open, waiting_count, longest_list, most_replies,
// open_kinds, replies_given, has_open_point}.

const REPLY = "right_of_reply";

/** Why this person cannot ask for it now, as a key of words; "" where they can. */
export function whyNot(kind, asker) {
  if (!asker.signed_in) return "sign_in";
  if (!asker.has_voice && (kind === REPLY || asker.speakers === "delegations")) return "no_voice";
  if (asker.open_kinds.includes(kind)) return "on_list";
  if (kind === REPLY && !asker.session_is_on) return "not_on";
  if (kind === REPLY && asker.replies_given >= asker.most_replies) return "no_reply_left";
  if (kind !== REPLY && !asker.list_is_open) return "closed";
  return asker.waiting_count >= asker.longest_list ? "full" : "";
}

/** Why this person cannot rise to a point of order now; "" where they can. */
export function whyNoPoint(asker) {
  if (!asker.signed_in) return "sign_in";
  if (!asker.has_voice) return "no_voice";
  if (!asker.session_is_on) return "not_on";
  return asker.has_open_point ? "point_is_open" : "";
}
