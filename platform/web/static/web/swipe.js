// A swipe along the line that a row of tabs stands on. The tabs do the same by a tap, by a key and without scripts.

const FAR = 64; // px a finger has to go
const STRAIGHT = 2; // times as far along the line as across it
const QUICK = 800; // ms

/** Calls `swiped(1)` for a swipe to what comes next in reading order in `region`, `swiped(-1)` to what came before. */
export function watchSwipes(region, swiped) {
  let from = null;
  region.addEventListener("pointerdown", (event) => {
    // A second finger makes it a pinch.
    from = event.pointerType !== "mouse" && event.isPrimary ? event : null;
  });
  region.addEventListener("pointercancel", () => {
    from = null;
  });
  region.addEventListener("pointerup", (event) => {
    if (!from || event.pointerId !== from.pointerId) return;
    const [along, across, took] = [event.clientX - from.clientX, event.clientY - from.clientY, event.timeStamp - from.timeStamp];
    from = null;
    if (Math.abs(along) < FAR || Math.abs(along) < STRAIGHT * Math.abs(across) || took > QUICK) return;
    const forwards = getComputedStyle(region).direction === "rtl" ? along > 0 : along < 0;
    swiped(forwards ? 1 : -1);
  });
}
