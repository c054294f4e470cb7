// The stage on a session's page: plays what the session shows, as much of it as the reader wants or the link
// carries, and switches by itself when the source changes. Nothing is loaded before somebody presses play.

import { live } from "../realtime/live.js";
import { say } from "../web/status.js";

const CARD = "stage_source";
const REMEMBERED = "stage.receive";
const WAYS = ["picture", "sound", "text"];
const STALLS = 3; // before sound only is offered
const AGAIN_AFTER = 5_000; // ms between tries while a live picture does not come

class Stage {
  constructor(section) {
    this.section = section;
    this.words = section.dataset;
    this.part = Object.fromEntries(
      [...section.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]),
    );
    this.video = this.part.player;
    this.hls = null;
    this.wanted = false; // somebody pressed play
    this.stalls = 0;
    this.offered = false;
    this.card = this.words.kind ? cardOf(this.words) : null;
    this.receive = remembered();

    this.part.poster.addEventListener("click", () => this.play());
    this.part.again.addEventListener("click", () => this.play());
    this.part["take-sound"].addEventListener("click", () => this.choose("sound"));
    this.part["keep-picture"].addEventListener("click", () => this.#offer(false));
    this.part.choice.addEventListener("change", (event) => this.choose(event.target.value));
    this.video.addEventListener("playing", () => this.#fine());
    this.video.addEventListener("waiting", () => this.#stalled());
    this.video.addEventListener("error", () => this.#nativeError());
    this.show(this.card);
    if (this.receive === "picture" && navigator.connection?.saveData) this.#offer(true);
  }

  /** Sets the scene for a source, or for none. */
  show(card) {
    this.#unload();
    this.card = card;
    this.section.dataset.receive = this.receive;
    const text = this.receive === "text";
    this.part.empty.hidden = card !== null;
    this.part.choice.hidden = card === null;
    this.part.frame.hidden = card === null || text;
    if (this.part.plain) this.part.plain.hidden = true;
    this.part.trouble.hidden = true;
    this.part.poster.hidden = false;
    this.video.hidden = true;
    this.part.what.textContent = card?.title || this.words.session;
    this.video.loop = Boolean(card?.repeats);
    for (const radio of this.part.choice.querySelectorAll("input")) radio.checked = radio.value === this.receive;
    const note = { text: this.words.wordsText, sound: this.words.wordsSound }[this.receive];
    this.part.note.hidden = card === null || !note;
    this.part.note.textContent = note ?? "";
  }

  /** Another way to receive: remembered, and taken at once if it was playing. */
  choose(receive) {
    const playing = this.wanted;
    const at = this.video.currentTime;
    this.receive = receive;
    remember(receive);
    this.#offer(false);
    this.show(this.card);
    if (playing && receive !== "text") this.play(at);
  }

  /** The source changed while the page was open. */
  switchTo(card) {
    const playing = this.wanted;
    this.show(card);
    if (card === null) {
      say(this.words.wordsGone);
    } else if (playing && this.receive !== "text") {
      this.play();
    } else {
      say(this.words.wordsSwitched);
    }
  }

  async play(at = 0) {
    if (!this.card || this.receive === "text") return;
    const card = this.card;
    this.#unload();
    this.wanted = true;
    this.part.trouble.hidden = true;
    this.part.poster.hidden = true;
    this.video.hidden = false;
    this.video.focus({ preventScroll: true });
    try {
      if (card.kind === "file" || !(await this.#throughScript(card, at))) {
        this.video.src = card.url;
        if (at) this.video.currentTime = at;
        await this.video.play();
      }
    } catch (error) {
      // A pause or another source came in between: that is what was asked for.
      if (error.name !== "AbortError" && card === this.card && this.wanted) this.#trouble();
    }
  }

  /** Plays HLS by hls.js and returns true, or false where only the browser itself can. */
  async #throughScript(card, at) {
    const Hls = await library(this.words.hls);
    if (!Hls?.isSupported()) return false;
    if (card !== this.card || !this.wanted) return true;
    const sound = this.receive === "sound";
    const hls = new Hls({ startLevel: sound ? 0 : -1, startPosition: at || -1, capLevelToPlayerSize: true });
    this.hls = hls;
    if (sound) {
      hls.on(Hls.Events.MANIFEST_LOADED, (_, { url, levels, audioTracks }) => {
        const alone = soundAlone(levels, audioTracks);
        if (alone && alone !== url) hls.loadSource(alone);
        else hls.autoLevelCapping = 0;
      });
    }
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.video.play().catch(() => {}));
    let mended = false;
    hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
      if (details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.#stalled();
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
        mended = true;
        hls.recoverMediaError();
        return;
      }
      this.#trouble();
      this.retry = setTimeout(() => this.wanted && this.play(this.video.currentTime), AGAIN_AFTER);
    });
    hls.loadSource(card.url);
    hls.attachMedia(this.video);
    return true;
  }

  #fine() {
    this.part.trouble.hidden = true;
  }

  #stalled() {
    this.stalls += 1;
    if (this.stalls >= STALLS && this.receive === "picture" && !this.offered) this.#offer(true);
  }

  #offer(shown) {
    this.offered = true;
    this.part.offer.hidden = !shown || !this.card;
  }

  #nativeError() {
    if (this.wanted && this.video.hasAttribute("src") && !this.hls) this.#trouble();
  }

  #trouble() {
    if (this.part.trouble.hidden) say(this.words.wordsFailed, { tone: "warn" });
    this.part.trouble.hidden = false;
  }

  #unload() {
    clearTimeout(this.retry);
    this.wanted = false;
    this.hls?.destroy();
    this.hls = null;
    this.video.pause();
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }
}

function cardOf(data) {
  return { kind: data.kind, url: data.url, title: data.title, repeats: "repeats" in data };
}

/** The address of a stream with sound and no picture, if the playlist offers one. */
function soundAlone(levels, tracks = []) {
  const level = levels.find(({ attrs }) => attrs.CODECS && !/avc|hvc|hev|vp0?9|av01|dvh/.test(attrs.CODECS));
  return level?.url ?? tracks.find(({ url }) => url)?.url;
}

let loading;
/** hls.js, fetched when first needed; null where it cannot be had. */
function library(address) {
  loading ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Hls ?? null);
    script.onerror = () => {
      loading = undefined;
      resolve(null);
    };
    document.head.append(script);
  });
  return loading;
}

function remembered() {
  try {
    const receive = localStorage.getItem(REMEMBERED);
    return WAYS.includes(receive) ? receive : "picture";
  } catch {
    return "picture"; // storage is forbidden here
  }
}

function remember(receive) {
  try {
    localStorage.setItem(REMEMBERED, receive);
  } catch {
    // Then it is chosen again next time.
  }
}

for (const section of document.querySelectorAll(".stage[data-topic]")) {
  const stage = new Stage(section);
  live.follow(section.dataset.topic, {
    at: section.dataset.at,
    changed(cards, event) {
      if (event.name !== "snapshot" && !(CARD in event.cards)) return;
      const card = cards.get(CARD) ?? null;
      if (JSON.stringify(pick(card)) !== JSON.stringify(pick(stage.card))) stage.switchTo(card);
    },
  });
}

/** What of a card decides whether something else is to be played. */
function pick(card) {
  return card && { kind: card.kind, url: card.url, title: card.title, repeats: card.repeats };
}
