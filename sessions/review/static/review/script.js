// The chair's script: reads itself again when the list or a slot changes, and stays where the reader is.

import { live } from "../realtime/live.js";
import { say, watchLink } from "../web/status.js";

const root = document.querySelector("[data-script]");
const SETTLED = 400; // ms: one move of the desk changes several cards

let due = null;
let renewing = false;

async function renew() {
  due = null;
  if (renewing) return soon();
  renewing = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-script]");
    if (fresh && fresh.innerHTML !== root.innerHTML) take(fresh);
  } catch {
    // The link is away: the next event, or the link's return, asks again.
  } finally {
    renewing = false;
  }
}

function soon() {
  due ??= setTimeout(renew, SETTLED);
}

/** The entry at the top of the window stays there, whatever was put before it. */
function take(fresh) {
  const anchor = [...root.querySelectorAll(".script-entry")].find((entry) => entry.getBoundingClientRect().bottom > 0);
  const before = anchor?.getBoundingClientRect().top;
  const moved = orderOf(fresh) !== orderOf(root);
  root.replaceChildren(...document.importNode(fresh, true).childNodes);
  const same = anchor && document.getElementById(anchor.id);
  if (same) scrollBy({ top: same.getBoundingClientRect().top - before, behavior: "instant" });
  if (moved) say(root.dataset.wordsRenewed);
}

const orderOf = (part) => [...part.querySelectorAll(".script-entry")].map((entry) => entry.id).join();

watchLink(live);
for (const stand of root.dataset.topics.split(",")) {
  const [topic, at] = stand.split(" ");
  live.follow(topic, { at, changed: soon });
}
live.addEventListener("rights", () => location.reload());
