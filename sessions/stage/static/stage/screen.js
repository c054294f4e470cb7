// The film on the big screen: it has the wall while it is played, and who speaks stands at its foot.

import { live } from "../realtime/live.js";
import "./together.js";

const player = document.querySelector("together-player");

live.follow(player.dataset.filmTopic, {
  changed(cards) {
    const card = cards.get("playing") ?? null;
    player.hidden = !card;
    player.show(card);
  },
});
