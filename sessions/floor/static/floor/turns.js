// The floor as its cards have it: who has it, who waits in which order, who was heard, and the point of order.

const HOLDING = ["called", "speaking", "paused", "interrupted"];
const WAITING = ["inscribed", "ready", "deferred", "put_off"];
const OPEN_POINTS = ["raised", "recognised", "appealed"];
const APPEALABLE = ["upheld", "rejected"];

export const waits = (card) => WAITING.includes(card.state);
export const holds = (card) => HOLDING.includes(card.state);
export const isOpen = (card) => waits(card) || holds(card);
export const isOpenPoint = (card) => OPEN_POINTS.includes(card.state);
export const isAppealable = (card) => APPEALABLE.includes(card.state);

// Times are of one form, in UTC: they sort as text.
const byTime = (name) => (one, other) => (one[name] ?? "").localeCompare(other[name] ?? "");

/**
 * `floor` is null where nothing ever happened on it. `point` is the one that is heard, else the
 * first that waits for it, else the one just ruled on.
 */
export function look(cards) {
  const floor = cards.get("floor") ?? null;
  const turns = kind(cards, "turn.");
  const points = kind(cards, "point.");
  const called = turns.filter((card) => card.called_at).sort(byTime("called_at"));
  const ruled = ruledJustNow(points, called.at(-1)?.called_at ?? "");
  return {
    floor,
    holder: floor?.holder ? cards.get(`turn.${floor.holder}`) ?? null : null,
    waiting: (floor?.order ?? []).map((id) => cards.get(`turn.${id}`)).filter(Boolean),
    done: turns.filter((card) => !isOpen(card)).sort(byTime("called_at")),
    points,
    point: points.find((card) => card.state === "recognised") ?? cards.get(`point.${floor?.point}`) ?? ruled,
    ruled,
  };
}

function kind(cards, prefix) {
  return [...cards].filter(([key]) => key.startsWith(prefix)).map(([, card]) => card);
}

/** The last ruling, until somebody is called after it: an appeal is made at once. */
function ruledJustNow(points, lastCall) {
  const last = points.filter((card) => card.ruled_at && !isOpenPoint(card)).sort(byTime("ruled_at")).at(-1);
  return last && last.ruled_at >= lastCall ? last : null;
}

/** What is in nobody's own language: the delegation's name, else the person's. */
export function nameOf(card, inLanguage) {
  return card.delegation ? inLanguage(card.delegation.name) : card.name;
}
