// The board: written anew when a delegation hands something in or the floor moves; who is here is one press.

import { live } from "../realtime/live.js";
import { say, watchLink } from "../web/status.js";
import { renewing } from "./renewing.js";

// A handful of people look at it.
const SPREAD = 700; // ms

const board = document.getElementById("board").dataset;
const part = renewing("board", { spread: SPREAD });

watchLink(live);
live.follow(board.board, { at: board.boardAt, changed: part.soon });
live.follow(board.speakers, { at: board.speakersAt, changed: part.soon });

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!event.target.matches("[data-attended-form]") || !button) return;
  event.preventDefault();
  const slot = Number(event.target.elements.slot.value);
  button.setAttribute("aria-disabled", "true");
  try {
    await live.do("slot.attended", { slot_id: slot, attended: button.value === "yes" });
    await part.now();
  } catch (refused) {
    say(refused.message, { tone: "warn" });
  } finally {
    button.removeAttribute("aria-disabled");
  }
});
