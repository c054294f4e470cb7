// A delegation's own page: what the desk wants is said as it comes, wherever on the page somebody is.

import { say as tell } from "../web/status.js";
import { say } from "../web/words.js";
import { refreshed } from "./refreshed.js";

const unread = (part) => [...part.querySelectorAll("[data-notice]:not([data-read])")];
const numberOf = (item) => Number(item.dataset.notice);
const known = new Set(unread(document).map(numberOf));

refreshed.addEventListener("replaced", ({ detail: part }) => {
  if (part.dataset.part !== "notices") return;
  for (const item of unread(part)) {
    if (known.has(numberOf(item))) continue;
    known.add(numberOf(item));
    const words = item.querySelector(".notice-words").innerText;
    tell(say(part.querySelector("[data-notices]").dataset.saysNew, { words }), { tone: "warn", stays: true });
  }
});
