// Owns the images of the paper: all are fetched when the test starts, so that each can be shown when the network is gone.
// Endpoint: GET /exam/media/{name}; the browser keeps the answers, whose names are those of their content.
import { mediaAddress } from "./dom.js";
import { retryDelay } from "./saver.js";

const AT_ONCE = 3;
const MOST_TRIES = 8;
const NAME = /media:([0-9a-f]{32}\.[a-z]{3,4})/g;

// Held, so that the browser keeps them decoded as well.
const kept = new Map();
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** The names of the images in `form`, each once, in the order of the paper. */
export function namesIn(form) {
  return [...new Set([...JSON.stringify(form).matchAll(NAME)].map((match) => match[1]))];
}

/** Fetch every image of `form`, a few at a time, again after failures; never throws, and delays nothing. */
export async function preloadMedia(form) {
  const waiting = namesIn(form).filter((name) => !kept.has(name));
  const fetchNext = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) await keep(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
}

async function keep(name) {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const image = new Image();
    image.src = mediaAddress(name);
    try {
      await image.decode();
      kept.set(name, image);
      return;
    } catch {
      await pause(retryDelay(tries));
    }
  }
}
