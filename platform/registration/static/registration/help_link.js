// How the link to the server is: a few questions one after the other, and whether a socket comes through.

const TRIES = 4;
const OPENING = 6_000; // ms a socket may take to say something

/**
 * {rtt_ms: the median in milliseconds or null, lost, tried, way: "socket" or "asking"}.
 * `ask()` is one question to the server; `socket()` opens what sockets of pages open.
 */
export async function measure({ ask, socket, now = () => performance.now() }) {
  const way = wayOf(socket);
  const times = [];
  for (let number = 0; number < TRIES; number += 1) {
    const from = now();
    try {
      await ask();
      times.push(now() - from);
    } catch {
      // Lost: counted below.
    }
  }
  return { rtt_ms: median(times), lost: TRIES - times.length, tried: TRIES, way: await way };
}

function median(times) {
  if (!times.length) return null;
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) / 2)]);
}

/** A socket that opens and says nothing is none: some networks let the handshake through and nothing else. */
function wayOf(socket) {
  return new Promise((resolve) => {
    let open;
    const end = (way) => {
      clearTimeout(waiting);
      resolve(way);
      open?.close();
    };
    const waiting = setTimeout(() => end("asking"), OPENING);
    try {
      open = socket();
      open.onopen = () => open.send(JSON.stringify({ follow: {} }));
      open.onmessage = () => end("socket");
      open.onerror = open.onclose = () => end("asking");
    } catch {
      end("asking");
    }
  });
}

/** The same in the page's words. */
export function describe({ rtt_ms, lost, tried, way }, words) {
  if (rtt_ms === null) return words.none;
  const values = { answered: tried - lost, tried, ms: rtt_ms };
  const answered = words.answered.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
  return `${answered}; ${way === "socket" ? words.socket : words.asking}`;
}
