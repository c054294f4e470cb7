// What can be asked for now, and in words why the rest cannot.

import { whyNoPoint, whyNot } from "./asking.js";
import { isAppealable, isOpenPoint } from "./turns.js";
import { write } from "./writing.js";

const REPLY = "right_of_reply";

/** The person before this page, as `asking.js` wants them. `open`: the turns that are not over. */
export function askerOf(view, page, mine, open) {
  const { floor } = view;
  const replies = [...view.done, ...open].filter((card) => card.kind === REPLY && card.delegation?.id === mine.voice);
  const statements = view.waiting.filter((card) => card.kind === "statement");
  return {
    signed_in: page.signedIn === "yes",
    has_voice: mine.voice > 0,
    session_is_on: page.sessionState === "live" || page.sessionState === "suspended",
    speakers: floor.speakers,
    list_is_open: floor.list_is_open,
    waiting_count: floor.order.length - statements.length,
    longest_list: floor.longest_list,
    most_replies: floor.most_replies,
    open_kinds: mine.kinds(open, floor.speakers),
    replies_given: Math.max(Number(page.replies), replies.length),
    has_open_point: Boolean(ownPoint(view, mine)),
  };
}

/** What the delegation has before the chair; one that is appealed against is the meeting's. */
const ownPoint = (view, mine) => view.points.find(
  (card) => isOpenPoint(card) && card.state !== "appealed" && card.delegation.id === mine.voice,
);

/** The buttons for kinds of turns. One reason for all of them is said once. */
export function drawWishes(node, asker, words) {
  const buttons = [...node.querySelectorAll("[data-wish]")];
  const reasons = buttons.map((button) => whyNot(button.dataset.wish, asker));
  const one = new Set(reasons).size === 1 && reasons[0];
  buttons.forEach((button, number) => {
    button.hidden = Boolean(reasons[number]);
    const line = node.querySelector(`[data-why="${button.dataset.wish}"]`);
    line.hidden = !reasons[number];
    line.querySelector("[data-why-words]").textContent = words(`why.${reasons[number]}`);
  });
  write(node.querySelector("[data-one-reason]"), one ? words(`why.${one}`) : "");
  node.querySelector("[data-reasons]").hidden = Boolean(one);
  node.querySelector("[data-kinds]").hidden = reasons.every(Boolean);
}

/** The buttons for points of order, where the meeting has them. */
export function drawPoints(root, view, asker, mine) {
  const raises = root.querySelector("[data-raises]");
  if (!raises) return;
  const own = ownPoint(view, mine);
  const [back, appeals] = [root.querySelector("[data-takes-back]"), root.querySelector("[data-appeals]")];
  raises.hidden = Boolean(whyNoPoint(asker));
  back.hidden = !own;
  back.value = own?.id ?? 0;
  const ruled = asker.has_voice && asker.session_is_on && view.ruled && isAppealable(view.ruled) ? view.ruled : null;
  appeals.hidden = !ruled;
  if (ruled) {
    appeals.dataset.of = ruled.id;
    appeals.href = appeals.href.replace(/\d+\/(\?.*)?$/, `${ruled.id}/`);
  }
}
