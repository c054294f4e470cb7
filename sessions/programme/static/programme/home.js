// The conference's home: what is on now and what comes next, as it changes.

import { live } from "../realtime/live.js";
import { watchLink } from "../web/status.js";
import { byRoom, byTime, isOn, list, show } from "./sessions.js";

const home = document.querySelector("[data-programme]");
const part = (name) => home.querySelector(`[data-${name}]`);
const blank = (name) => home.querySelector(`template[data-blank="${name}"]`);

watchLink(live);
live.follow(home.dataset.topic, {
  changed(cards) {
    const all = [...cards.values()];
    const now = all.filter(isOn).sort(byRoom);
    const next = all.filter((card) => card.state === "scheduled").sort(byTime).slice(0, Number(home.dataset.nextShown));
    list(part("now"), blank("tile"), now);
    part("now-part").hidden = now.length === 0;
    list(part("next"), blank("row"), next);
    part("next-part").hidden = next.length === 0;
    if (all.length) for (const empty of home.querySelectorAll(".empty")) empty.hidden = now.length + next.length > 0;
    for (const node of home.querySelectorAll("[aria-labelledby=mine] [data-session]")) {
      const card = cards.get(`session.${node.dataset.session}`);
      if (card) show(node, card);
    }
  },
});
