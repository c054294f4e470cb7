// A part of a page that the server writes anew when something has changed: fetched, and put in place where it differs.

import { localise } from "../web/times.js";

const words = (root) => root.textContent.replace(/\s+/g, " ");

/**
 * `renewing("board", { spread })`: `soon()` fetches the part of that id within `spread` ms, `now()` at once. Whoever
 * hears of a change hears of it with many others; they need not all ask at once. `renewed()` is told of each new part.
 */
export function renewing(id, { spread, renewed = () => {} }) {
  let part = document.getElementById(id);
  let known = words(part);
  let fetching;
  let asked = 0;

  async function now() {
    clearTimeout(fetching);
    fetching = undefined;
    const asking = (asked += 1);
    const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(id);
    // An answer that was overtaken by another says nothing new.
    if (!fresh || asking !== asked) return;
    localise(fresh);
    const says = words(fresh);
    if (says === known) return;
    known = says;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const along = part.querySelector(".table-wrap")?.scrollLeft ?? 0;
    part.replaceWith(fresh);
    part = fresh;
    // What was scrolled to the side stays there.
    if (along) part.querySelector(".table-wrap")?.scrollTo({ left: along, behavior: "instant" });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    renewed(part);
  }

  return {
    now,
    soon() {
      fetching ??= setTimeout(now, 300 + Math.random() * spread);
    },
  };
}
