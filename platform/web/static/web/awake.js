// A projector that goes to sleep shows nothing.

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // It is asked for again when the page is seen again.
  }
}

/** Keeps the screen lit as long as this page is seen. */
export function keepAwake() {
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stayAwake());
  stayAwake();
}
