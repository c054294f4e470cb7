// A clip that everybody sees at the same moment: a video element that goes where the server's clock says.
//
//   const together = new Together(video, { hls: "…/hls.js", now: () => live.now(), changed() {} });
//   together.show(card);            // the card `playing` of session.<id>.picture, or null
//   together.join();                // from here on it loads, and plays along; a press before lets it have sound
//
// Or, as a big screen needs it, an element by itself, which joins at once:
//
//   <together-player data-hls="…/hls.js" data-words-sound="Turn the sound on"></together-player>
//   document.querySelector("together-player").show(card)

import { live } from "../realtime/live.js";
import { library, soundAlone } from "./player.js";
import { Steering, beginsIn, isMoving, positionOf } from "./steering.js";

const LOOK_EVERY = 250; // ms
const AGAIN_AFTER = 4_000; // ms after a stream that could not be had
const SAME = 0.04; // s: nearer than a picture's length, it stands where it should
const AHEAD = 20; // s that are loaded: a link may be away for so long

export class Together {
  #hls = null;
  #loaded = null; // the address that was loaded
  #receive = "picture";
  #looking = null;
  #beginning = null;
  #again = null;
  #steering = new Steering();
  #starting = false;
  #told = null; // the state that the page knows of
  #ours = false; // a pause that was not the reader's
  card = null;
  /** Somebody wants to see it. */
  joined = false;
  /** The reader's own pause; the others go on. */
  left = false;
  /** The browser plays it without sound until somebody presses something. */
  needsPress = false;
  failed = false;

  /** `changed()` is called when something that a page may tell has changed: `state`, `needsPress`, `failed`. */
  constructor(video, { hls, now = () => live.now(), changed = () => {} }) {
    this.video = video;
    this.now = now;
    this.address = hls;
    this.changed = changed;
    video.addEventListener("seeked", () => this.#arrived());
    video.addEventListener("canplay", () => this.#look());
    video.addEventListener("playing", () => this.#fine());
    video.addEventListener("pause", () => this.#paused());
    video.addEventListener("error", () => this.#loaded && !this.#hls && this.#trouble());
  }

  /** idle (nobody joined) · soon · playing · held · left · ended; "" where nothing is played. */
  get state() {
    if (!this.card) return "";
    if (!this.joined) return "idle";
    if (this.left) return "left";
    const now = this.now();
    if (positionOf(this.card, now) >= this.card.seconds) return "ended";
    if (isMoving(this.card, now)) return "playing";
    return beginsIn(this.card, now) === null ? "held" : "soon";
  }

  get position() {
    return this.card ? positionOf(this.card, this.now()) : 0;
  }

  /** What is played from now on, or null for nothing more. The same clip elsewhere is not loaded anew. */
  show(card) {
    const other = card?.url !== this.card?.url;
    this.card = card;
    if (other) {
      this.#unload();
      this.left = false;
      this.failed = false;
    }
    if (card && this.joined) this.#go();
    this.changed();
  }

  /** "picture", "sound" or "text"; with the last nothing is loaded. */
  set receive(way) {
    if (way === this.#receive) return;
    this.#receive = way;
    this.#unload();
    if (this.joined && this.card) this.#go();
  }

  /** Joins, or comes back from a pause of one's own: to where the others are. */
  join() {
    this.joined = true;
    this.left = false;
    this.#steering.start();
    if (this.card) this.#go();
    this.changed();
  }

  /** A pause of one's own. */
  leave() {
    this.left = true;
    this.#pause();
    this.changed();
  }

  /** After a press the browser lets us have sound. */
  soundOn() {
    this.video.muted = false;
    this.needsPress = false;
    this.#look();
    this.changed();
  }

  /** Lets go of everything. */
  end() {
    this.card = null;
    this.joined = false;
    this.#unload();
  }

  #go() {
    if (this.#receive === "text") return;
    if (this.#loaded !== this.card.url) this.#load();
    clearTimeout(this.#beginning);
    const wait = beginsIn(this.card, this.now());
    if (wait !== null) this.#beginning = setTimeout(() => this.#look(), wait);
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY);
    this.#look();
  }

  async #load() {
    const address = this.card.url;
    this.#unload();
    this.#loaded = address;
    this.#steering.start();
    const Hls = await library(this.address);
    if (this.#loaded !== address) return;
    if (!Hls?.isSupported()) {
      this.video.src = address;
      return;
    }
    const sound = this.#receive === "sound";
    const hls = new Hls({
      startPosition: Math.min(this.position, this.card.seconds - 0.1),
      capLevelToPlayerSize: true,
      maxBufferLength: AHEAD,
    });
    this.#hls = hls;
    if (sound) {
      hls.on(Hls.Events.MANIFEST_LOADED, (_, { url, levels, audioTracks }) => {
        const alone = soundAlone(levels, audioTracks);
        if (alone && alone !== url) hls.loadSource(alone);
      });
    }
    let mended = false;
    hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
        mended = true;
        hls.recoverMediaError();
      } else {
        this.#trouble();
      }
    });
    hls.loadSource(address);
    hls.attachMedia(this.video);
  }

  /** Where it should be and where it is, four times a second and whenever something happens. */
  #look() {
    if (!this.card || !this.joined || this.left || !this.#loaded) return;
    const { video } = this;
    const state = this.state;
    if (state !== this.#told) {
      this.#told = state;
      this.changed();
    }
    if (video.readyState < video.HAVE_METADATA) return;
    if (state !== "playing") {
      this.#stand(state);
    } else if (video.paused) {
      this.#start();
    } else {
      this.#keepInStep();
    }
  }

  #stand(state) {
    this.#pause();
    this.video.playbackRate = 1;
    if (this.video.ended && state === "ended") return;
    const wanted = Math.min(this.position, this.video.duration || 0);
    if (!this.video.seeking && Math.abs(this.video.currentTime - wanted) > SAME) this.video.currentTime = wanted;
    this.#steering.start();
  }

  async #start() {
    if (this.#starting) return;
    const { video } = this;
    this.#starting = true;
    try {
      const wanted = this.position + this.#steering.ahead;
      if (!video.seeking && Math.abs(video.currentTime - wanted) > SAME && reaches(video, wanted)) video.currentTime = wanted;
      await video.play();
    } catch (error) {
      if (error.name === "NotAllowedError" && !video.muted) {
        video.muted = true;
        this.needsPress = true;
        this.changed();
      }
    } finally {
      this.#starting = false;
    }
  }

  #keepInStep() {
    const { video } = this;
    const wanted = this.position;
    const { rate, jump } = this.#steering.turn({
      at: performance.now(),
      position: video.currentTime,
      wanted,
      ready: !video.seeking && video.readyState >= video.HAVE_FUTURE_DATA,
      reachable: reaches(video, wanted),
    });
    if (jump !== null) video.currentTime = Math.min(jump, this.card.seconds);
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  #arrived() {
    this.#steering.arrived(performance.now());
    this.#look();
  }

  #fine() {
    if (this.failed) {
      this.failed = false;
      this.changed();
    }
  }

  #pause() {
    if (this.video.paused) return;
    this.#ours = true;
    this.video.pause();
  }

  /** A key of the keyboard or the system paused it: as if the page's own button had. */
  #paused() {
    const ours = this.#ours;
    this.#ours = false;
    // What a telephone pauses in a pocket goes on when it is looked at again.
    if (ours || document.hidden || this.video.ended || !this.#loaded || this.left || this.state !== "playing") return;
    this.left = true;
    this.changed();
  }

  #trouble() {
    this.failed = true;
    this.#unload();
    this.#again = setTimeout(() => this.joined && this.card && this.#go(), AGAIN_AFTER);
    this.changed();
  }

  #unload() {
    clearInterval(this.#looking);
    clearTimeout(this.#beginning);
    clearTimeout(this.#again);
    this.#looking = null;
    this.#told = null;
    if (this.#loaded === null) return;
    this.#loaded = null;
    this.#pause();
    this.video.playbackRate = 1;
    this.#hls?.destroy();
    this.#hls = null;
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }
}

/** Whether there is data at a position. */
function reaches({ buffered }, position) {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= position && position + 0.1 < buffered.end(index)) return true;
  }
  return false;
}

/** For a wall: nothing but the picture, and a button where the browser wants a press before there is sound. */
class TogetherPlayer extends HTMLElement {
  #together = null;

  connectedCallback() {
    if (this.#together) return;
    const video = document.createElement("video");
    video.playsInline = true;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-primary";
    button.textContent = this.dataset.wordsSound ?? "";
    button.hidden = true;
    this.replaceChildren(video, button);
    this.#together = new Together(video, {
      hls: this.dataset.hls,
      changed: () => {
        const { state, needsPress } = this.#together;
        button.hidden = !needsPress;
        if (this.dataset.state === state) return;
        this.dataset.state = state;
        this.dispatchEvent(new CustomEvent("state", { detail: state }));
      },
    });
    button.addEventListener("click", () => this.#together.soundOn());
  }

  disconnectedCallback() {
    this.#together?.end();
    this.#together = null;
  }

  /** The card of what is played, or null. */
  show(card) {
    const { video } = this.#together;
    if (card) video.poster = card.poster;
    else video.removeAttribute("poster");
    this.#together.show(card);
    if (card && !this.#together.joined) this.#together.join();
  }
}

customElements.define("together-player", TogetherPlayer);
