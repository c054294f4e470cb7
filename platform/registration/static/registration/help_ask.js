// Before a call is sent: how the link is from here, measured now, shown to the person and put into the form.

import { describe, measure } from "./help_link.js";

const form = document.querySelector("[data-help-form]");
const shown = form.querySelector("[data-link]");
const field = (name) => form.elements[name];
const screenSize = `${innerWidth}x${innerHeight}`;

for (const node of form.querySelectorAll("[data-measured]")) node.hidden = false;
shown.textContent = shown.dataset.measuring;
form.querySelector("[data-screen]").textContent = screenSize;
field("screen").value = screenSize;

const found = await measure({
  ask: () => fetch(form.dataset.health, { cache: "no-store", signal: AbortSignal.timeout(4_000) }),
  socket: () => new WebSocket(socketAddress()),
});
for (const [name, value] of Object.entries(found)) field(name).value = value ?? "";
shown.textContent = describe(found, shown.dataset);

function socketAddress() {
  const address = new URL(`${document.body.dataset.liveUrl}socket/`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address;
}
