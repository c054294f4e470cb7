// The hall's buttons. Each is a button of one plain form; with a link they go over it, and the page stays.

import { live } from "../realtime/live.js";
import { say as tell } from "../web/status.js";

const OF_TURN = { leave: "floor.leave", yield: "floor.yield", here: "floor.here", ready: "floor.ready", not_ready: "floor.ready" };
const OF_POINT = { take_point_back: "floor.take_point_back", appeal: "floor.appeal" };

/** The command behind a button, and what it is told. */
export function commandOf(verb, value, session, mode) {
  if (verb === "join") return ["floor.join", { session_id: session, kind: value, mode }];
  if (verb === "raise_point") return ["floor.raise_point", { session_id: session }];
  if (verb === "acknowledge") return ["floor.acknowledge", { notice_id: Number(value) }];
  if (verb in OF_POINT) return [OF_POINT[verb], { point_id: Number(value) }];
  const turn = { turn_id: Number(value) };
  return [OF_TURN[verb], verb in { ready: 1, not_ready: 1 } ? { ...turn, ready: verb === "ready" } : turn];
}

const camel = (verb) => verb.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** `done(verb, answer)` is told of what was carried out. */
export function watchActs(root, { done }) {
  const form = root.querySelector("#hall-form");
  const says = root.querySelector("[data-done-words]").dataset;
  const session = Number(root.dataset.session);

  // What is asked first is asked in a dialog of the page, about the thing whose link it was.
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens][data-of]");
    const button = opener && document.querySelector(`#${opener.dataset.opens} [data-does]`);
    if (button) button.value = opener.dataset.of;
  }, { capture: true });

  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (!submitter || !document.body.dataset.userId) return;
    event.preventDefault();
    submitter.closest("dialog")?.close();
    const verb = submitter.name;
    submitter.setAttribute("aria-busy", "true");
    if (live.status === "reconnecting" || live.status === "lost") tell(says.waits);
    try {
      const answer = await live.do(...commandOf(verb, submitter.value, session, form.elements.mode?.value ?? "live_room"));
      done(verb, answer);
      tell(says[camel(verb)], { tone: "good" });
    } catch (refused) {
      tell(refused.message, { tone: "warn" });
    } finally {
      submitter.removeAttribute("aria-busy");
    }
  });
}
