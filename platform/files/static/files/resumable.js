// A file goes ahead of its form, in parts: after a link that broke, a reload or a closed browser it goes on where it
// stopped. Without this script the file goes with the form. What crosses the wire is tus (files/tus.py); its client is
// fetched once somebody chooses a file.

const SMALLEST = 256 * 1024; // bytes of one part
const LARGEST = 8 * 1024 * 1024;
const FIRST = 1024 * 1024;
// A part should take so long, in ms: what a proxy or server that reads a part to its end loses of one that breaks off.
const PART_TAKES = 8_000;
const SILENT_FOR = 30_000; // ms without a byte after which a link counts as gone, though nobody said so
const AGAIN_AFTER = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000]; // ms between tries
const SAMPLES = 16; // of a file, to know it again
const SAMPLE = 64 * 1024; // bytes
const LANGUAGE = document.documentElement.lang || "en";
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
// What passes by itself: somebody else's turn, a part that broke off or was changed, a server that is busy.
const PASSING = [408, 409, 423, 429, 460];
const GONE = [404, 410];

class ResumableFile extends HTMLElement {
  connectedCallback() {
    if (this.parts) return;
    this.words = this.dataset;
    this.parts = Object.fromEntries(
      [...this.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]),
    );
    this.input = this.querySelector("input[type=file]");
    this.form = this.input.form;
    this.required = this.input.required;
    this.run = null;
    this.submitter = null;
    this.input.addEventListener("change", () => this.#chosen());
    this.parts.pause.addEventListener("click", () => this.#turn());
    this.parts.remove.addEventListener("click", () => this.#remove());
    this.form.addEventListener("submit", (event) => this.#wait(event));
    if (this.parts.arrived.value) this.#arrivedBefore();
    else this.#offer();
  }

  /** The page came back with its form: the file need not be sent again. */
  async #arrivedBefore() {
    const standing = await look(this.#address(this.parts.arrived.value));
    if (standing?.offset === standing?.size && standing) this.#done(this.parts.arrived.value, standing.name);
    else if (standing === null) this.parts.arrived.value = "";
  }

  /** What this person began here and did not finish: choosing the same file goes on with it. */
  async #offer() {
    for (const [key, { uploadUrl }] of remembered(this.prefix)) {
      const standing = await look(uploadUrl);
      if (standing === null) forget(key);
      if (!standing || this.run) continue;
      const percent = number({ style: "percent" }, standing.offset / standing.size);
      this.parts.offer.textContent = fill(this.words.wordsOffer, { name: isolated(standing.name), percent });
      this.parts.offer.hidden = false;
      return;
    }
  }

  async #chosen() {
    const file = this.input.files[0];
    this.#stop({ giveUp: true });
    if (!file) return this.#show("empty");
    this.parts.offer.hidden = true;
    if (file.size > Number(this.words.largest)) {
      this.input.value = "";
      const said = { size: size(file.size), largest: size(Number(this.words.largest)) };
      return this.#trouble(fill(this.words.wordsTooLarge, said));
    }
    const run = new Run(this, file);
    this.run = run;
    this.#show("going", file.name);
    const tus = await library(this.words.library);
    // Without its client the file goes with the form, as it would without a script.
    if (!tus && this.run === run) {
      this.run = null;
      this.#show("empty");
      if (this.submitter) this.#submit();
    } else if (this.run === run) {
      await run.begin(tus);
    }
  }

  /** The form was sent while its file is on its way: it follows by itself. */
  #wait(event) {
    if (!this.run || event.defaultPrevented) return;
    event.preventDefault();
    this.submitter = event.submitter ?? this.form;
    if (this.run.isPaused) this.#turn();
    this.#say(this.words.wordsWaits);
    this.parts.waits.hidden = false;
  }

  #turn() {
    if (!this.run) return;
    if (this.run.isPaused) {
      this.parts.pause.textContent = this.words.wordsPause;
      this.run.goOn();
    } else {
      this.run.pause();
      this.parts.pause.textContent = this.words.wordsContinue;
      this.told(this.words.wordsPaused);
    }
  }

  #remove() {
    this.#stop({ giveUp: true });
    this.input.value = "";
    this.#show("empty");
    this.#say(this.words.wordsRemoved);
    this.input.focus();
  }

  #stop({ giveUp }) {
    const id = this.parts.arrived.value;
    this.run?.end({ giveUp });
    if (id && giveUp) terminate(this.#address(id));
    this.run = null;
    this.submitter = null;
    this.parts.arrived.value = "";
    this.input.required = this.required;
  }

  /** What a run tells: how far it is. */
  progress(done, all, left) {
    this.parts.bar.max = all;
    this.parts.bar.value = done;
    const percent = Math.floor((100 * done) / all);
    const said = { percent: number({ style: "percent" }, percent / 100), done: size(done), all: size(all) };
    const words = left === null ? this.words.wordsProgress : this.words.wordsProgressLeft;
    this.parts.words.textContent = fill(words, { ...said, left: left === null ? "" : duration(left) });
    // A reader is told each quarter, not each part.
    const quarter = Math.floor(percent / 25);
    if (quarter > (this.quarter ?? 0) && quarter < 4) this.#say(said.percent);
    this.quarter = quarter;
  }

  told(words) {
    this.parts.words.textContent = words;
    this.#say(words);
  }

  finished(url, name) {
    this.run = null;
    this.#done(url.split("/").filter(Boolean).pop(), name);
    this.#say(fill(this.words.wordsDone, { name: isolated(name) }));
    if (this.submitter) this.#submit();
  }

  /** Something that does not pass by itself: `again` where a press may help, `giveUp` where what arrived is of no use. */
  stopped(words, { again = false, giveUp = false }) {
    this.submitter = null;
    this.parts.waits.hidden = true;
    if (again) {
      this.parts.pause.textContent = this.words.wordsContinue;
      this.told(words);
      return;
    }
    this.#stop({ giveUp });
    this.input.value = "";
    this.#trouble(words);
  }

  #submit() {
    const button = this.submitter === this.form ? null : this.submitter;
    this.submitter = null;
    this.form.requestSubmit(button);
  }

  #done(id, name) {
    this.parts.arrived.value = id;
    // The form is small from now on.
    this.input.value = "";
    this.input.required = false;
    this.#show("done", name);
    this.parts.words.textContent = fill(this.words.wordsDone, { name: isolated(name) });
  }

  #show(state, name) {
    this.parts.standing.hidden = state === "empty";
    this.parts.bar.hidden = this.parts.pause.hidden = state !== "going";
    this.parts.name.textContent = name ?? "";
    this.parts.pause.textContent = this.words.wordsPause;
    this.parts.words.textContent = "";
    this.parts.waits.hidden = true;
    this.parts.trouble.hidden = true;
    this.parts.bar.removeAttribute("value");
    this.quarter = 0;
  }

  #trouble(words) {
    this.#show("empty");
    this.parts.trouble.textContent = words;
    this.parts.trouble.hidden = false;
    this.input.focus();
  }

  #say(words) {
    this.parts.said.textContent = words;
  }

  #address(id) {
    return new URL(`${encodeURIComponent(id)}/`, new URL(this.words.address, location.href)).href;
  }

  /** How this browser calls what this person uploads for this. */
  get prefix() {
    return `sidang/${this.words.person}/${this.words.purpose}/${this.words.about}/`;
  }
}

/** One file on its way, through as many breaks as there are. The library speaks the protocol; when to try again is here. */
class Run {
  constructor(element, file) {
    this.element = element;
    this.file = file;
    this.upload = null;
    this.isPaused = false;
    this.isOver = false;
    this.tries = 0;
    this.pace = new Pace();
    this.online = () => this.#again();
    this.offline = () => this.#reconnect();
    addEventListener("online", this.online);
    addEventListener("offline", this.offline);
  }

  async begin(tus) {
    const { words } = this.element;
    const fingerprint = `${this.element.prefix}${await sampled(this.file)}`;
    if (this.isOver) return;
    const metadata = { filename: this.file.name, purpose: words.purpose, key: key() };
    if (words.about) metadata.about = words.about;
    this.upload = new tus.Upload(this.file, {
      endpoint: new URL(words.address, location.href).href,
      chunkSize: FIRST,
      retryDelays: null,
      metadata,
      fingerprint: async () => fingerprint,
      headers: { Accept: "application/json" },
      onBeforeRequest: (request) => this.#before(request),
      onAfterResponse: (request, answer) => this.#after(request, answer),
      onProgress: (done, all) => this.#moved(done, all),
      onChunkComplete: (length) => this.#paced(length),
      onError: (error) => this.#failed(error),
      onSuccess: () => this.#succeeded(),
    });
    const [before] = await this.upload.findPreviousUploads();
    if (before) this.upload.resumeFromPreviousUpload(before);
    if (!this.isOver && !this.isPaused) this.#start();
  }

  pause() {
    this.isPaused = true;
    this.#rest();
  }

  goOn() {
    this.isPaused = false;
    this.tries = 0;
    if (this.upload) this.#start();
  }

  end({ giveUp }) {
    this.isOver = true;
    this.#rest();
    removeEventListener("online", this.online);
    removeEventListener("offline", this.offline);
    if (giveUp && this.upload?.url) {
      terminate(this.upload.url);
      for (const [name, { uploadUrl }] of remembered(this.element.prefix)) {
        if (uploadUrl === this.upload.url) forget(name);
      }
    }
  }

  #start() {
    clearTimeout(this.waiting);
    this.pace.begin();
    this.answer = null;
    this.#watch();
    this.isGoing = true;
    this.upload.start();
  }

  #rest() {
    clearTimeout(this.waiting);
    clearTimeout(this.silence);
    this.isGoing = false;
    this.upload?.abort();
  }

  #before(request) {
    this.answer = null;
    this.partBegan = performance.now();
    request.setHeader("X-CSRFToken", cookie("csrftoken") ?? this.element.form.elements.csrfmiddlewaretoken?.value ?? "");
  }

  #after(request, answer) {
    this.answer = { method: request.getMethod(), status: answer.getStatus(), body: answer.getBody() };
    // Only what is gone is begun anew: a sign-in that ended, or a busy server, forgets nothing.
    if (this.answer.method === "HEAD" && this.answer.status >= 400 && !GONE.includes(this.answer.status)) {
      throw new Error(`refused: ${this.answer.status}`);
    }
  }

  #moved(done, all) {
    this.#watch();
    if (this.isOver || this.isPaused) return;
    this.element.progress(done, all, this.pace.left(done, all));
  }

  /** The next part is as long as the link carries in PART_TAKES. */
  #paced(length) {
    this.tries = 0;
    const took = Math.max(performance.now() - this.partBegan, 1);
    const fits = Math.round((length * PART_TAKES) / took);
    this.upload.options.chunkSize = Math.min(Math.max(fits, SMALLEST), LARGEST, 2 * this.upload.options.chunkSize);
  }

  #watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.#reconnect(), SILENT_FOR);
  }

  async #failed() {
    clearTimeout(this.silence);
    const { method, status = 0, body } = this.answer ?? {};
    const isReadable = status !== 0 || (await canBeRead(this.file));
    if (this.isOver || this.isPaused) return;
    this.isGoing = false;
    if (!isReadable) {
      this.element.stopped(this.element.words.wordsUnreadable, {});
    } else if (status === 0 || status >= 500 || (method !== "POST" && (PASSING.includes(status) || GONE.includes(status)))) {
      this.#reconnect();
    } else if (status === 403) {
      this.isPaused = true;
      this.element.stopped(wordsOf(body) ?? this.element.words.wordsSignIn, { again: true });
    } else {
      this.element.stopped(wordsOf(body) ?? this.element.words.wordsFailed, { giveUp: true });
    }
  }

  #reconnect() {
    if (this.isOver || this.isPaused || !this.upload) return;
    this.#rest();
    this.upload.options.chunkSize = Math.max(SMALLEST, this.upload.options.chunkSize / 2);
    this.element.told(this.element.words.wordsReconnecting);
    const pause = AGAIN_AFTER[Math.min(this.tries, AGAIN_AFTER.length - 1)];
    this.tries += 1;
    // Not all of a venue in the same moment.
    this.waiting = setTimeout(() => this.#again(), pause * (0.75 + Math.random() / 2));
  }

  #again() {
    if (!this.isOver && !this.isPaused && !this.isGoing && this.upload) this.#start();
  }

  #succeeded() {
    clearTimeout(this.silence);
    this.isOver = true;
    removeEventListener("online", this.online);
    removeEventListener("offline", this.offline);
    this.element.finished(this.upload.url, this.file.name);
  }
}

/** How fast it goes, since it last began; the beginning of a part runs into buffers and says little. */
class Pace {
  begin() {
    this.from = null;
  }

  /** Seconds until the end, or null as long as nobody can tell. */
  left(done, all) {
    const now = performance.now();
    this.from ??= { at: now, done };
    const took = now - this.from.at;
    const came = done - this.from.done;
    if (took < 3_000 || came <= 0) return null;
    return ((all - done) * took) / came / 1000;
  }
}

/** How an upload stands: {name, offset, size}; null where it is gone, undefined where that cannot be known now. */
async function look(url) {
  try {
    const answer = await fetch(url, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" }, cache: "no-store" });
    if (GONE.includes(answer.status)) return null;
    if (!answer.ok) return undefined;
    const told = Object.fromEntries(
      (answer.headers.get("Upload-Metadata") ?? "").split(",").map((pair) => pair.trim().split(" ")),
    );
    const name = new TextDecoder().decode(Uint8Array.from(atob(told.filename ?? ""), (letter) => letter.charCodeAt(0)));
    return { name, offset: Number(answer.headers.get("Upload-Offset")), size: Number(answer.headers.get("Upload-Length")) };
  } catch {
    return undefined;
  }
}

/** Whether the file is still as it was chosen: one that was saved anew, or that a phone took back, cannot be sent. */
async function canBeRead(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function terminate(url) {
  const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": cookie("csrftoken") ?? "" };
  fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => {});
}

/** [key, upload] of what the library keeps in this browser under fingerprints that begin so. */
function remembered(prefix) {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(`tus::${prefix}`))
      .map((name) => [name, JSON.parse(localStorage.getItem(name))])
      .filter(([, upload]) => upload?.uploadUrl);
  } catch {
    return [];
  }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/** What tells a file from others, also where a phone gives a new date to the same file each time it is chosen. */
async function sampled(file) {
  const plain = `${file.name}/${file.size}`;
  // Plain http in a local network has no crypto.subtle.
  if (!crypto.subtle) return `${plain}/${file.lastModified}`;
  const step = Math.max(0, file.size - SAMPLE) / (SAMPLES - 1);
  const parts = Array.from({ length: SAMPLES }, (_, index) => Math.round(index * step)).map((at) =>
    file.slice(at, at + SAMPLE),
  );
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return `${plain}/${hex(new Uint8Array(digest).slice(0, 16))}`;
}

function key() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function cookie(name) {
  return document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
}

function wordsOf(body) {
  try {
    return JSON.parse(body).refused.message;
  } catch {
    return undefined;
  }
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A name in its own direction, within words of another. */
function isolated(name) {
  return `\u2068${name}\u2069`;
}

function number(format, value) {
  return new Intl.NumberFormat(LANGUAGE, format).format(value);
}

/** As the server's pages say it: of 1024 bytes each. */
function size(bytes) {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  const digits = power > 1 && value < 10 ? 1 : 0;
  return number({ style: "unit", unit: UNITS[power], unitDisplay: "short", maximumFractionDigits: digits }, value);
}

function duration(seconds) {
  const [unit, length] = seconds < 60 ? ["second", 10] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  const value = unit === "second" ? Math.max(10, Math.ceil(seconds / 10) * 10) : Math.round(seconds / length);
  return number({ style: "unit", unit, unitDisplay: "long" }, value);
}

let loading;
/** The client of tus, fetched when first needed; null where it cannot be had. */
function library(address) {
  loading ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.tus?.isSupported ? window.tus : null);
    script.onerror = () => {
      loading = undefined;
      resolve(null);
    };
    document.head.append(script);
  });
  return loading;
}

customElements.define("resumable-file", ResumableFile);
