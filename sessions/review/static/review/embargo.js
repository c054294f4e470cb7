// While an embargo is typed on the conference’s clock, the same moment on the reader’s stands beside it.

import { ahead, readersTime } from "../web/times.js";

for (const root of document.querySelectorAll(".embargo")) {
  const { zone } = root.dataset;
  const field = root.querySelector("input");
  const yours = root.querySelector("[data-yours]");
  const show = () => {
    yours.textContent = "";
    if (!field.value) return;
    // Taken as UTC at first, and then set right by as much as the zone is ahead then.
    const wall = new Date(`${field.value}Z`);
    const moment = new Date(wall.getTime() - ahead(wall, zone) * 60_000);
    if (ahead(moment, zone) !== ahead(moment)) {
      yours.textContent = document.body.dataset.yourTime.replace("{time}", readersTime(moment, zone));
    }
  };
  field.addEventListener("input", show);
  show();
}
