// The film on the big screen: it has the wall while it is played, and who speaks stands at its foot.

import { live } from "../realtime/live.js";
import "./together.js";

const player = document.querySelector("together-player");
const region = player.closest("[data-film]");

live.follow(player.dataset.filmTopic, {
  changed(cards) {
    const card = cards.get("playing") ?? null;
    region.hidden = !card;
    player.show(card);
  },
});
