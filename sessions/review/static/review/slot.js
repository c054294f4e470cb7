// A delegation's own page: what the desk wants is said as it comes, wherever on the page somebody is.

import { tellUntilSeen } from "../floor/notices.js";
import { hush } from "../web/status.js";
import { refreshed } from "./refreshed.js";

const unread = (part) => [...part.querySelectorAll("[data-notice]:not([data-read])")];
const numberOf = (item) => Number(item.dataset.notice);
const known = new Set(unread(document).map(numberOf));

refreshed.addEventListener("replaced", ({ detail: part }) => {
  if (part.dataset.part !== "notices") return;
  const waiting = unread(part);
  for (const item of waiting) {
    if (!known.has(numberOf(item))) tellUntilSeen(part.querySelector("[data-notices]"), item.querySelector(".notice-words").innerText);
    known.add(numberOf(item));
  }
  if (!waiting.length) hush();
});
