// Keeps the door's page, its scripts and its pictures for when there is no link. SHELL stands before this: the page's
// address and what it stands on, under names that change with their content.

const KEPT = "door-shell";
const PATIENCE = 3000; // milliseconds that a page may take before the kept one is shown

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(KEPT);
      await shell.addAll(SHELL.assets);
      const page = await fetch(SHELL.page, { credentials: "same-origin" });
      if (page.ok) await shell.put(SHELL.page, page);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(KEPT);
      const wanted = new Set([...SHELL.assets, SHELL.page].map((path) => new URL(path, location.origin).href));
      for (const request of await shell.keys()) if (!wanted.has(request.url)) await shell.delete(request);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === SHELL.page) event.respondWith(page(request));
  } else if (!url.pathname.startsWith(SHELL.page) || url.pathname.startsWith(`${SHELL.page}photos/`)) {
    event.respondWith(file(request));
  }
});

// Fresh where the link is good, kept where it is not.
async function page(request) {
  const shell = await caches.open(KEPT);
  const kept = await shell.match(SHELL.page);
  try {
    const answer = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    if (answer.ok && !answer.redirected) await shell.put(SHELL.page, answer.clone());
    // The device is not enrolled any more: there is nothing to show without a link either.
    if (answer.status === 401) await shell.delete(SHELL.page);
    return answer.status >= 500 && kept ? kept : answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

// Files do not change under their names; what is not kept comes from the network.
async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
