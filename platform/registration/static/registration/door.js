// A device at a gate. It answers each badge at once from the list it keeps, puts the passage in line on its own disk, and
// tells the server when there is a link. The server's word is the last one, and is shown where it differs.
import { watch } from "./door-camera.js";
import { codeIn, markOf, People } from "./door-people.js";
import { Store } from "./door-store.js";

const LOOK_EVERY = 20_000; // milliseconds; what is revoked is known here within a minute
// Without a link. The browser may not say that it is back: it knows of its own network, and not of what lies behind.
const TRY_EVERY = 3000;
// What changes do not tell, such as a new photo, comes with the whole list, which is also told at each start.
const WHOLE_EVERY = 3600_000;
const PATIENCE = 10_000;
const AT_ONCE = 100;
const SAME_BADGE = 4000; // the camera sees a badge many times
const PICTURES = "door-pictures";

const root = document.querySelector("[data-door]");
const part = (name) => root.querySelector(`[data-${name}]`);
const word = (name) => root.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
const form = part("read");
const people = new People();
let store;
let shown = {}; // the passage that is on the screen

const now = () => Date.now() + people.offset;
const clock = (at) =>
  new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: root.dataset.zone,
  });

// Showing

function show(passage) {
  const { outcome, person, name, before } = passage;
  shown = passage;
  const result = part("result");
  result.hidden = false;
  result.dataset.outcome = outcome;
  // Nobody who follows online has a place in the room: that is not green, whatever their badge says.
  const online = Boolean(person?.online);
  result.toggleAttribute("data-online", online);
  result.scrollIntoView({ block: "nearest" });
  part("outcome-word").textContent = word(online && outcome === "passed" ? "online" : outcome);
  part("next").hidden = true;
  part("name").textContent = person?.name ?? name ?? "";
  const category = part("category");
  category.hidden = !person;
  category.textContent = person?.category ?? "";
  category.dataset.capacity = person?.capacity ?? "";
  const delegation = part("delegation");
  delegation.replaceChildren();
  if (person?.country) delegation.append(flagOf(person.country));
  delegation.append(person?.delegation ?? "");
  part("before").textContent = wordsOf(before);
  result.querySelector("p[data-online]").hidden = !online;
  showPhoto(person?.photo);
}

// When and where somebody came in before, if they did.
function wordsOf(before) {
  return before ? word("before").replace("{time}", clock(before.at)).replace("{gate}", before.gate) : "";
}

function flagOf(country) {
  const picture = document.createElement("img");
  Object.assign(picture, { className: "flag-picture", alt: "", width: 30, height: 20 });
  picture.src = `${root.dataset.flags}${country}.svg`;
  picture.onerror = () => picture.remove();
  return picture;
}

function showPhoto(address) {
  const photo = part("photo");
  photo.replaceChildren();
  if (!address) return;
  const picture = new Image(240, 320);
  picture.alt = word("photo");
  picture.onerror = () => picture.remove();
  picture.src = address;
  photo.append(picture);
}

function sound(outcome, person = null) {
  const isGood = outcome === "passed" && !person?.online;
  navigator.vibrate?.(isGood ? 60 : [120, 80, 120]);
  if (!part("sound").checked) return;
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.frequency.value = isGood ? 880 : 220;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + (isGood ? 0.12 : 0.5));
  tone.onended = () => audio.close();
}

async function showWaiting() {
  const count = await store.count();
  part("waiting").textContent = count ? word("waiting").replace("{number}", count) : word("all-sent");
  root.dataset.waiting = count;
}

function showLink(linked) {
  root.dataset.link = linked ? "linked" : "away";
  part("link").textContent = word(linked ? "linked" : "away");
  for (const button of root.querySelectorAll("[data-needs-link]")) button.disabled = !linked;
  for (const note of root.querySelectorAll("[data-no-link]")) note.hidden = linked;
}

// What the server says otherwise than this device said. It may be long after: another device, without a link, tells
// late of who came in before. Each is one line, the latest news first; who listens hears of those that are new.
function showDiffering(results) {
  const list = part("differs");
  const nonces = new Set(results.map((result) => result.nonce));
  for (const line of [...list.children]) if (!nonces.has(line.dataset.nonce)) line.remove();
  const lines = new Map(Array.from(list.children, (line) => [line.dataset.nonce, line]));
  for (const result of results.toReversed()) {
    if (lines.has(result.nonce)) lineOf(result, lines.get(result.nonce));
    else list.prepend(lineOf(result));
    if (result.nonce === shown.nonce && result.outcome !== shown.outcome) correct(result);
  }
  part("differs-section").hidden = results.length === 0;
}

function correct(result) {
  const person = shown.person ?? people.people.get(people.marks.get(shown.mark));
  show({ ...shown, ...result, person });
  sound(result.outcome, person);
}

function lineOf(result, line = document.createElement("li")) {
  const who = document.createElement("strong");
  who.textContent = result.name || word("somebody");
  const words = ` ${clock(result.at)}: ${[word(result.outcome), wordsOf(result.before)].filter(Boolean).join(" ")}`;
  if (line.textContent !== who.textContent + words) line.replaceChildren(who, words);
  line.dataset.nonce = result.nonce;
  return line;
}

// Reading

const direction = () => new FormData(form).get("direction");

async function read({ mark = "", id = null }) {
  const scan = { nonce: crypto.randomUUID(), direction: direction(), at: Date.now(), mark, person: id };
  const said = people.pass({ mark, id, direction: scan.direction, at: now(), gate: root.dataset.gate });
  scan.said = said.outcome;
  await store.add(scan);
  show({ nonce: scan.nonce, mark, ...said });
  sound(said.outcome, said.person);
  await showWaiting();
  sync();
}

async function readText(text) {
  const code = codeIn(text);
  if (!code) return;
  if (!people.salt) {
    part("outcome-word").textContent = word("no-list");
    part("result").hidden = false;
    return;
  }
  await read({ mark: await markOf(people.salt, code) });
}

// Telling and hearing

async function ask(address, options = {}) {
  const answer = await fetch(address, {
    ...options,
    headers: { Accept: "application/json", ...options.headers },
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status === 401) {
    await forget();
    location.reload();
    throw new Error("not enrolled any more");
  }
  return answer;
}

// A device that was revoked keeps nothing of anybody; what it read and could not send says nothing by itself.
async function forget() {
  people.forget();
  await store.forgetList();
  await caches.delete(PICTURES);
}

async function send() {
  for (;;) {
    const scans = await store.waiting(AT_ONCE);
    if (!scans.length) return;
    const told = scans.map(({ number, ...scan }) => scan);
    const answer = await ask(root.dataset.scans, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ clock: Date.now(), scans: told }),
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { results } = await answer.json();
    const nonces = new Set(results.map((result) => result.nonce));
    const heard = scans.filter((scan) => nonces.has(scan.nonce));
    await store.drop(heard.map((scan) => scan.number));
    await showWaiting();
    if (heard.length < scans.length) throw new Error("not all was answered");
  }
}

async function hear() {
  const answer = await ask(`${root.dataset.list}?since=${encodeURIComponent(people.at)}`);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const list = await answer.json();
  people.take(list, Date.now());
  await store.keepList(people.kept());
  showCount();
  showDiffering(list.differs);
  // What somebody is about to press is not taken away under their finger for nothing.
  if (list.whole || list.people.length || list.others.length || list.gone.length) search();
}

function showCount() {
  root.dataset.people = people.people.size;
  root.dataset.heard = people.at;
  part("people-count").textContent = word("people").replace("{number}", people.people.size);
}

let running = null;
let wanted = false;
let next;

async function isTold() {
  try {
    await navigator.locks.request("door-sync", async () => {
      await send();
      await hear();
    });
    // What was on its way may arrive as the network goes, which the browser knows first.
    return navigator.onLine;
  } catch {
    // Without a link, or with a server that cannot answer now: it is tried again, and nothing is lost.
    return false;
  }
}

// One at a time in all windows of this device; what is asked for meanwhile is done once more afterwards, also where this
// one failed: the network may have come back just then. And again after a while, always.
function sync() {
  wanted = true;
  running ??= (async () => {
    clearTimeout(next);
    let linked;
    while (wanted) {
      wanted = false;
      linked = await isTold();
      showLink(linked);
    }
    running = null;
    next = setTimeout(sync, linked ? LOOK_EVERY : TRY_EVERY * (0.75 + Math.random() / 2));
  })();
  return running;
}

// Pictures of faces and flags, a few at a time behind everything else; those of people who left are dropped.
async function fetchPictures() {
  const kept = await caches.open(PICTURES);
  const addresses = new Set();
  for (const person of people.people.values()) {
    if (person.photo) addresses.add(new URL(person.photo, location).href);
    if (person.country) addresses.add(new URL(`${root.dataset.flags}${person.country}.svg`, location).href);
  }
  for (const request of await kept.keys()) if (!addresses.delete(request.url)) await kept.delete(request);
  for (const address of addresses) {
    if (root.dataset.link !== "linked") return;
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) await kept.put(address, answer);
  }
}

// By name

function search() {
  const list = part("found");
  list.replaceChildren();
  const words = part("search").value;
  for (const person of people.find(words)) {
    const line = part("found-line").content.firstElementChild.cloneNode(true);
    line.querySelector("[data-found-name]").textContent = person.name;
    line.querySelector("[data-found-about]").textContent = [person.category, person.delegation]
      .filter(Boolean)
      .join(" · ");
    line.querySelector("[data-let-pass]").addEventListener("click", () => read({ id: person.id }));
    const reprint = line.querySelector("[data-reprint]");
    if (reprint) {
      reprint.textContent = word(person.mark ? "lost-badge" : "make-badge");
      reprint.disabled = root.dataset.link !== "linked";
      // Whoever has no badge yet has none to lose: nothing is asked.
      reprint.addEventListener("click", () => (person.mark ? askFirst(person) : askToReprint(person)));
    }
    list.append(line);
  }
  // Who applied and is not admitted: the gate sends them to the desk by what stands here, and knows nothing else.
  for (const other of people.findOthers(words)) {
    const line = part("other-line").content.firstElementChild.cloneNode(true);
    line.querySelector("[data-found-name]").textContent = other.name;
    line.querySelector("[data-found-about]").textContent = word(`other-${other.standing}`);
    list.append(line);
  }
  part("nobody").hidden = !words.trim() || list.children.length > 0;
}

// Revoking a badge cannot be undone, and the button is near one that is pressed all day: it asks, naming the person.
let toReprint = null;

function askFirst(person) {
  toReprint = person;
  part("reprint-name").textContent = person.name;
  part("reprint-sure").showModal();
}

async function askToReprint(person) {
  const body = new URLSearchParams({ person: person.id, mark: person.mark });
  const said = part("reprinted");
  said.textContent = "";
  try {
    const answer = await ask(root.dataset.reprints, { method: "POST", body });
    const { refused } = await answer.json();
    const made = word(person.mark ? "reprinted" : "badge-made");
    said.textContent = `${person.name}: ${answer.ok ? made : refused.message}`;
    if (answer.ok) sync();
  } catch {
    said.textContent = word("away");
  }
}

// As large and in the same colours as what becomes of a badge.
function showWhoCame({ name, status, category, capacity }) {
  show({ outcome: status, person: { name, category, capacity }, name });
  part("outcome-word").textContent = word(`came-${status}`);
  part("next").textContent = word(`next-${status}`);
  part("next").hidden = false;
  part("result").scrollIntoView({ block: "start" });
}

// What is read to a person depends on the category that is chosen.
function showConsents(walkIn) {
  for (const box of walkIn.querySelectorAll("[data-of]")) {
    const isAsked = box.dataset.of.split(" ").includes(walkIn.elements.category.value);
    box.closest(".field").hidden = !isAsked;
    box.disabled = !isAsked;
  }
}

async function takeWalkIn(event) {
  event.preventDefault();
  const walkIn = event.target;
  const said = part("walk-in-said");
  for (const note of walkIn.querySelectorAll("[data-error]")) note.remove();
  said.textContent = "";
  try {
    const answer = await ask(walkIn.action, { method: "POST", body: new URLSearchParams(new FormData(walkIn)) });
    const told = await answer.json();
    if (!answer.ok) {
      const fields = told.refused.fields ?? {};
      for (const [name, words] of Object.entries(fields)) {
        const field = walkIn.elements[name];
        const note = document.createElement("p");
        note.className = "error-list";
        note.dataset.error = "";
        note.textContent = words;
        if (field && field.type !== "hidden") field.before(note);
        else walkIn.prepend(note);
      }
      return;
    }
    showWhoCame(told);
    walkIn.reset();
    walkIn.elements.submit_key.value = crypto.randomUUID();
    showConsents(walkIn);
    walkIn.closest("details").open = false;
    sync();
  } catch {
    said.textContent = word("away");
  }
}

// The camera

let stopCamera = null;
let isStarting = false;
let lastText = "";
let lastAt = 0;

async function toggleCamera() {
  // Pressed twice it would be started twice, and one of the two could not be stopped.
  if (isStarting) return;
  const [button, video] = [part("camera"), part("video")];
  if (stopCamera) {
    stopCamera();
    stopCamera = null;
  } else {
    isStarting = true;
    try {
      video.hidden = false;
      stopCamera = await watch(video, (text) => {
        if (text === lastText && Date.now() - lastAt < SAME_BADGE) {
          lastAt = Date.now();
          return;
        }
        [lastText, lastAt] = [text, Date.now()];
        readText(text);
      });
      part("camera-said").textContent = "";
    } catch {
      part("camera-said").textContent = word("no-camera");
    } finally {
      isStarting = false;
    }
  }
  video.hidden = !stopCamera;
  button.textContent = word(stopCamera ? "stop-camera" : "use-camera");
  button.classList.toggle("button-primary", !stopCamera);
}

async function start() {
  document.documentElement.classList.add("scripted");
  store = await Store.open();
  // Browsers throw away what they may; this is not to be thrown away.
  navigator.storage?.persist?.();
  const kept = await store.list();
  if (kept) people.takeUp(kept);
  showCount();
  await showWaiting();
  people.at = "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements.code;
    readText(field.value);
    field.value = "";
    field.focus();
  });
  part("search").addEventListener("input", () => {
    part("reprinted").textContent = "";
    search();
  });
  part("camera").addEventListener("click", toggleCamera);
  const walkIn = part("walk-in");
  // A page that was kept holds the key of a form that may have been sent.
  if (walkIn) walkIn.elements.submit_key.value = crypto.randomUUID();
  walkIn?.addEventListener("submit", takeWalkIn);
  if (walkIn) {
    walkIn.elements.category.addEventListener("change", () => showConsents(walkIn));
    showConsents(walkIn);
  }
  part("reprint-yes")?.addEventListener("click", () => {
    part("reprint-sure").close();
    askToReprint(toReprint);
  });
  part("reprint-no")?.addEventListener("click", () => part("reprint-sure").close());
  part("sound").checked = localStorage.getItem("door-sound") === "on";
  part("sound").addEventListener("change", (event) => {
    localStorage.setItem("door-sound", event.target.checked ? "on" : "off");
  });
  addEventListener("online", () => sync());
  addEventListener("offline", () => showLink(false));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  setInterval(() => {
    people.at = "";
    sync().then(fetchPictures);
  }, WHOLE_EVERY);
  const worker = navigator.serviceWorker?.register(root.dataset.worker, { scope: root.dataset.scope });
  await sync();
  await worker;
  await navigator.serviceWorker?.ready;
  // Ready to work without a link: the page is kept, and the list.
  root.dataset.ready = String(people.people.size > 0);
  part("ready").textContent = word("ready");
  await fetchPictures();
}

if (!window.isSecureContext) {
  part("camera-said").textContent = word("insecure");
} else {
  start();
}
