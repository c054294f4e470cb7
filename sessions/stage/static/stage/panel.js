// The stage on a session's page: plays what the session shows, as much of it as the reader wants or the link
// carries, and switches by itself when the source changes. Nothing is loaded before somebody presses play. A clip that is
// played to everybody takes the source's place as long as it lasts; whoever joined one today joins the next by itself.

import { live } from "../realtime/live.js";
import { say } from "../web/status.js";
import { library, soundAlone } from "./player.js";
import { Together } from "./together.js";

const CARD = "stage_source";
const CLIP = "playing";
const REMEMBERED = "stage.receive";
const JOINED = "stage.joined";
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
    this.clip = new Clip(this);

    this.part.poster.addEventListener("click", () => this.#press());
    this.part.again.addEventListener("click", () => this.#press());
    this.part["take-sound"].addEventListener("click", () => this.choose("sound"));
    this.part["keep-picture"].addEventListener("click", () => this.#offer(false));
    this.part.choice.addEventListener("change", (event) => this.choose(event.target.value));
    this.video.addEventListener("playing", () => this.#fine());
    this.video.addEventListener("waiting", () => this.#stalled());
    this.video.addEventListener("error", () => this.#nativeError());
    this.show(this.card);
    this.together(this.words.playing ? JSON.parse(this.words.playing) : null);
    this.isOpen = true; // from here on, what happens is told
    if (this.receive === "picture" && navigator.connection?.saveData) this.#offer(true);
  }

  #press() {
    if (this.clip.card) {
      this.clip.join();
      this.part.leave.focus({ preventScroll: true });
    } else {
      this.play();
      this.video.focus({ preventScroll: true });
    }
  }

  /** Something is played to everybody, or no more. */
  together(card) {
    const before = this.clip.card;
    if (this.isOpen && card && card.url !== before?.url) say(this.words.wordsTogether.replace("{title}", () => card.title));
    if (card && !before) {
      this.cameFrom = this.wanted;
      this.#unload();
      this.clip.show(card);
      if (this.cameFrom) this.clip.join();
    } else if (card) {
      this.clip.show(card);
    } else if (before) {
      // Whoever was there goes on with what everybody sees next.
      const stays = this.clip.joined || this.cameFrom;
      this.clip.show(null);
      this.show(this.card);
      if (stays && this.card) this.play();
    }
  }

  /** Sets the scene for a source, or for none. */
  show(card) {
    this.card = card;
    if (this.clip.card) return;
    this.#unload();
    this.section.dataset.receive = this.receive;
    const text = this.receive === "text";
    this.part.empty.hidden = card !== null;
    this.part.frame.hidden = card === null || text;
    if (this.part.plain) this.part.plain.hidden = true;
    this.part.trouble.hidden = true;
    this.part.poster.hidden = false;
    this.video.hidden = true;
    this.part.what.textContent = card?.title || this.words.session;
    this.part.how.textContent = this.words.wordsPlay;
    this.video.controls = true;
    this.video.loop = Boolean(card?.repeats);
    this.#tellChoice(card !== null);
  }

  #tellChoice(shown) {
    this.part.choice.hidden = !shown;
    for (const radio of this.part.choice.querySelectorAll("input")) radio.checked = radio.value === this.receive;
    const note = { text: this.words.wordsText, sound: this.words.wordsSound }[this.receive];
    this.part.note.hidden = !shown || !note;
    this.part.note.textContent = note ?? "";
  }

  /** Another way to receive: remembered, and taken at once if it was playing. */
  choose(receive) {
    if (this.clip.card) {
      this.receive = receive;
      remember(receive);
      this.#offer(false);
      this.clip.receive();
      return;
    }
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
    if (this.clip.card) {
      return; // it is seen when the clip is over
    }
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
    if (!this.clip.card) this.part.trouble.hidden = true;
  }

  #stalled() {
    this.stalls += 1;
    if (this.stalls >= STALLS && this.receive === "picture" && !this.offered) this.#offer(true);
  }

  #offer(shown) {
    this.offered = true;
    this.part.offer.hidden = !shown || !(this.card || this.clip.card);
  }

  #nativeError() {
    if (!this.clip.card && this.wanted && this.video.hasAttribute("src") && !this.hls) this.#trouble();
  }

  /** The scene while a clip is played to everybody. */
  drawClip(card, { joined, failed }) {
    const text = this.receive === "text";
    this.section.dataset.receive = this.receive;
    this.part.empty.hidden = true;
    // Sound needs no rectangle.
    this.part.frame.hidden = text || (joined && this.receive === "sound");
    if (this.part.plain) this.part.plain.hidden = true;
    this.part.poster.hidden = joined;
    this.part.what.textContent = card.title;
    this.part.how.textContent = this.words.wordsJoin;
    this.video.hidden = !joined;
    this.video.controls = false;
    this.video.loop = false;
    this.part.trouble.hidden = !failed;
    this.#tellChoice(true);
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

/** A clip that is played to everybody, on this page: one press joins, and nothing here can make it late for long. */
class Clip {
  card = null;

  constructor(stage) {
    this.stage = stage;
    this.part = stage.part;
    this.video = stage.video;
    this.player = new Together(this.video, { hls: stage.words.hls, changed: () => this.draw() });
    this.player.receive = stage.receive;
    const { part, player, video } = this;
    part["sound-on"].addEventListener("click", () => {
      player.soundOn();
      this.#remember();
    });
    part.mute.addEventListener("click", () => {
      if (video.muted) player.soundOn();
      else video.muted = true;
      this.#remember();
      this.draw();
    });
    part.volume.addEventListener("input", () => {
      video.volume = part.volume.valueAsNumber / 100;
      this.#remember();
    });
    part.leave.addEventListener("click", () => {
      player.leave();
      part.back.focus();
    });
    part.back.addEventListener("click", () => {
      player.join();
      part.leave.focus();
    });
    part.full.addEventListener("click", () => this.#fill());
    part.full.hidden = !document.fullscreenEnabled;
  }

  get joined() {
    return this.player.joined;
  }

  show(card) {
    const other = card && card.url !== this.card?.url;
    const leaves = this.card && !card;
    this.card = card;
    clearInterval(this.ticking);
    if (card) this.ticking = setInterval(() => this.#tell(), 500);
    if (other) {
      this.#asBefore();
      if (joinedToday()) this.player.joined = true;
    }
    if (leaves) {
      this.video.muted = false;
      this.part.bar.hidden = this.part.still.hidden = true;
    }
    this.player.show(card);
  }

  join() {
    this.#asBefore();
    this.player.join();
    this.#remember();
  }

  receive() {
    this.player.receive = this.stage.receive;
    this.draw();
  }

  draw() {
    const { card, player, part, video } = this;
    if (!card) return;
    const { words } = this.stage;
    const text = this.stage.receive === "text";
    this.stage.drawClip(card, { joined: player.joined, failed: player.failed });
    part.still.hidden = player.joined || this.stage.receive !== "picture";
    if (!part.still.hidden && part.still.getAttribute("src") !== card.poster) part.still.src = card.poster;
    part.bar.hidden = text || !player.joined;
    part["sound-on"].hidden = !player.needsPress || text;
    part.mute.setAttribute("aria-pressed", String(video.muted));
    part.volume.value = Math.round(video.volume * 100);
    part.leave.hidden = player.left;
    part.back.hidden = !player.left;
    part.state.textContent = { soon: words.wordsSoon, held: words.wordsHeld, left: words.wordsLeft, ended: words.wordsEnded }[player.state] ?? "";
    this.#tell();
  }

  /** As loud as it was last time. */
  #asBefore() {
    const { muted = false, volume = 1 } = joinedToday() ?? {};
    this.video.muted = muted;
    this.video.volume = volume;
  }

  #tell() {
    this.part.clock.textContent = `${clock(this.player.position)} / ${clock(this.card.seconds)}`;
  }

  #remember() {
    keep(JOINED, JSON.stringify({ day: today(), muted: this.video.muted, volume: this.video.volume }));
  }

  #fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.part.frame.requestFullscreen().catch(() => {});
  }
}

const today = () => new Date().toDateString();

/** How somebody joined a clip earlier today: {muted, volume}, or null. */
function joinedToday() {
  try {
    const joined = JSON.parse(localStorage.getItem(JOINED));
    return joined?.day === today() ? joined : null;
  } catch {
    return null;
  }
}

/** 3:45 */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function cardOf(data) {
  return { kind: data.kind, url: data.url, title: data.title, repeats: "repeats" in data };
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
  keep(REMEMBERED, receive);
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it is chosen again next time.
  }
}

for (const section of document.querySelectorAll(".stage[data-topic]")) {
  const stage = new Stage(section);
  live.follow(section.dataset.topic, {
    at: section.dataset.at,
    changed(cards, event) {
      const snapshot = event.name === "snapshot";
      if (snapshot || CLIP in event.cards) stage.together(cards.get(CLIP) ?? null);
      if (!snapshot && !(CARD in event.cards)) return;
      const card = cards.get(CARD) ?? null;
      if (JSON.stringify(pick(card)) !== JSON.stringify(pick(stage.card))) stage.switchTo(card);
    },
  });
}

/** What of a card decides whether something else is to be played. */
function pick(card) {
  return card && { kind: card.kind, url: card.url, title: card.title, repeats: card.repeats };
}
