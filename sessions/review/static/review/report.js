// The film of a report: by hls.js where the browser does not play its kind by itself, fetched with the first press.

import { library } from "../stage/player.js";
import { say } from "../web/status.js";

const HLS = "application/vnd.apple.mpegurl";
const figure = document.querySelector("[data-film]");
const video = figure.querySelector("video");
const address = video.getAttribute("src");

async function load() {
  const Hls = await library(figure.dataset.hls);
  if (!Hls?.isSupported()) return fail();
  const hls = new Hls({ capLevelToPlayerSize: true });
  hls.on(Hls.Events.ERROR, (_, { fatal }) => fatal && fail());
  hls.loadSource(address);
  hls.attachMedia(video);
  video.play().catch(() => {});
}

function fail() {
  say(figure.dataset.wordsFailed, { tone: "warn" });
}

if (!video.canPlayType(HLS)) {
  video.removeAttribute("src");
  // A press plays what is not there yet: load it, and play.
  video.addEventListener("play", load, { once: true });
}
video.addEventListener("error", () => video.hasAttribute("src") && fail());
