// A session's page: its own state, the strip of other rooms, and the chair's buttons.

import { live } from "../realtime/live.js";
import { say, watchLink } from "../web/status.js";
import { byRoom, isOn, list, show } from "./sessions.js";

const page = document.querySelector("[data-session-page]");
const id = Number(page.dataset.sessionPage);
const head = page.querySelector(".page-head");
const strip = document.querySelector("[data-rooms-on]");

watchLink(live);
// From a snapshot, not from where the page stands: the strip needs the rooms that were not on when it was made.
live.follow(page.dataset.topic, {
  changed(cards) {
    const own = cards.get(`session.${id}`);
    if (own) {
      show(head, own);
      offerMoves(own.state);
    }
    const others = [...cards.values()].filter((card) => isOn(card) && card.id !== id).sort(byRoom);
    list(strip.querySelector("ul"), strip.querySelector("template"), others);
    strip.hidden = others.length === 0;
  },
});

// Rights in this session changed, perhaps one's own: ask the server what this page is now. Everybody in the room may
// hear it at once and need not ask at once; drafts are kept by the parts that hold them.
live.addEventListener("rights", () => setTimeout(() => location.reload(), Math.random() * 4000));

function offerMoves(state) {
  for (const part of page.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(state);
    if (part.hidden && part instanceof HTMLDetailsElement) part.open = false;
  }
}

for (const form of page.querySelectorAll("form[data-course]")) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button?.value) return;
    event.preventDefault();
    button.disabled = true;
    const payload = { session_id: id };
    if (button.value === "reopen") payload.reason = form.elements.reason.value;
    try {
      await live.do(`session.${button.value}`, payload);
      form.reset();
    } catch (refused) {
      say(refused.fields?.reason ?? refused.message, { tone: "warn" });
    } finally {
      button.disabled = false;
    }
  });
}
