// With each time in the conference's zone, the reader's own, where their clocks differ.
// Markup: <time datetime data-zone data-form> or <span class="span" data-zone data-from data-to>;
// the words stand in <body data-your-time="… {time} …">.

const language = document.documentElement.lang;

/** Minutes that a zone is ahead of UTC at a moment; without a zone, the reader's. */
export function ahead(moment, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone, hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  }).formatToParts(moment);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute);
  return Math.round((wall - Math.floor(moment.getTime() / 60000) * 60000) / 60000);
}

/** "07:00" on the clock of a zone; without one, the reader's. */
export function clock(moment, timeZone) {
  const form = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat("en-GB", form).format(moment);
}

function day(moment, timeZone) {
  const spelled = language === "en" ? "en-GB" : language;
  const form = { timeZone, day: "numeric", month: "short", numberingSystem: "latn" };
  return new Intl.DateTimeFormat(spelled, form).format(moment);
}

function dayIn(moment, timeZone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(moment);
}

/**
 * "07:00", or "15 Nov, 22:00" where the reader's day is another one; `to` makes it a span, each end of it with its day
 * where it runs into another day.
 */
export function readersTime(from, zone, to) {
  if (to && dayIn(from) !== dayIn(to)) return `${day(from)}, ${clock(from)} – ${day(to)}, ${clock(to)}`;
  const times = to ? `${clock(from)}–${clock(to)}` : clock(from);
  return dayIn(from, zone) === dayIn(from) ? times : `${day(from)}, ${times}`;
}

/** "15 Nov, 22:00–23:30" on the clock of a zone. */
export function spanIn(zone, from, to) {
  const [first, last] = [day(from, zone), day(to, zone)];
  const ends = first === last ? `–${clock(to, zone)}` : ` – ${last}, ${clock(to, zone)}`;
  return `${first}, ${clock(from, zone)}${ends}`;
}

/** Writes the reader's time into every time in `root` that has none yet. Call it for nodes that came later. */
export function localise(root) {
  const words = document.body.dataset.yourTime;
  if (!words) return;
  for (const node of root.querySelectorAll("time[data-zone], .span[data-zone]")) {
    if (node.dataset.localised || node.dataset.form === "day") continue;
    node.dataset.localised = "yes";
    const from = new Date(node.dateTime ?? node.dataset.from);
    const to = node.dataset.to && new Date(node.dataset.to);
    let theirs;
    try {
      theirs = ahead(from, node.dataset.zone);
    } catch {
      continue; // a zone that this browser does not know
    }
    if (theirs === ahead(from)) continue;
    const yours = document.createElement("span");
    yours.className = "yours";
    const [before, after] = words.split("{time}");
    const time = document.createElement("bdi");
    // As the page runs, so that a span reads the same way as the one it explains.
    time.dir = document.documentElement.dir;
    time.textContent = readersTime(from, node.dataset.zone, to);
    yours.append(before, time, after ?? "");
    node.append("\u2002", yours);
  }
}

/** Writes another moment (ISO 8601) into a <time> of the form "time". */
export function setTime(time, moment) {
  if (time.getAttribute("datetime") === moment) return;
  time.setAttribute("datetime", moment);
  time.textContent = clock(new Date(moment), time.dataset.zone);
  delete time.dataset.localised;
  localise(time.parentElement);
}
