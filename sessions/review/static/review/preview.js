// A look at a film beforehand. Its segments are loaded once somebody presses play.

import { library } from "../stage/player.js";

const video = document.querySelector("[data-preview]");
const failed = document.querySelector("[data-failed]");
const fail = () => {
  failed.hidden = false;
};

if (!video.canPlayType("application/vnd.apple.mpegurl")) {
  video.removeAttribute("src");
  load();
}
video.addEventListener("error", fail);

async function load() {
  const Hls = await library(video.dataset.hls);
  if (!Hls?.isSupported()) return fail();
  const hls = new Hls({ autoStartLoad: false });
  hls.on(Hls.Events.ERROR, (_name, { fatal }) => fatal && fail());
  hls.loadSource(new URL(video.dataset.preview, location.href).href);
  hls.attachMedia(video);
  video.addEventListener("play", () => hls.startLoad(), { once: true });
}
