// Owns the encryption of what the player keeps and carries: the keys of the attempt, its rows, its chain, the sealed
// paper, the answer file. Calls no endpoint. Keys cannot be read back from the browser once they are in it.

const NONCE_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** False where the page came over plain HTTP from another machine: browsers give no encryption there. */
export function canEncrypt() {
  return globalThis.crypto?.subtle !== undefined;
}

/** A random id of 128 bits in hex. */
export function randomId() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** SHA-256 of `text` in hex. */
export async function digestOf(text) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** The keys of `secrets` {journal, chain} as the browser keeps them: usable, never readable. */
export async function importKeys({ journal, chain }) {
  return {
    journal: await crypto.subtle.importKey("raw", bytesOf(journal), "AES-GCM", false, ["encrypt", "decrypt"]),
    chain: await crypto.subtle.importKey("raw", bytesOf(chain), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  };
}

/** The paper that was fetched `sealed` before the start, opened by the key of the start. Throws when it is damaged. */
export async function openPaper(sealed, { secret, attemptId }) {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), "AES-GCM", false, ["decrypt"]);
  return JSON.parse(decoder.decode(await inflate(await decrypt(sealed, key, attemptId))));
}

/** What one attempt encrypts and signs with. */
export class Vault {
  #keys;
  #attemptId;

  constructor(keys, attemptId) {
    this.#keys = keys;
    this.#attemptId = attemptId;
  }

  /** `value` as JSON under the journal's key; only this attempt opens it again. */
  seal(value) {
    return encrypt(encoder.encode(JSON.stringify(value)), this.#keys.journal, this.#attemptId);
  }

  async open(box) {
    return JSON.parse(decoder.decode(await decrypt(box, this.#keys.journal, this.#attemptId)));
  }

  /** `content` deflated and encrypted as Base64, bound to `label`. */
  async pack(content, label) {
    return base64(await encrypt(await deflate(encoder.encode(content)), this.#keys.journal, label));
  }

  /** The MAC of the line `body` after `previous` (a MAC, or the chain's id), in hex. */
  async sign(previous, body) {
    return hex(new Uint8Array(await crypto.subtle.sign("HMAC", this.#keys.chain, encoder.encode(`${previous}\n${body}`))));
  }
}

async function encrypt(data, key, label) {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: encoder.encode(label) }, key, data);
  const joined = new Uint8Array(NONCE_BYTES + box.byteLength);
  joined.set(nonce);
  joined.set(new Uint8Array(box), NONCE_BYTES);
  return joined;
}

function decrypt(box, key, label) {
  const bytes = new Uint8Array(box);
  const how = { name: "AES-GCM", iv: bytes.subarray(0, NONCE_BYTES), additionalData: encoder.encode(label) };
  return crypto.subtle.decrypt(how, key, bytes.subarray(NONCE_BYTES));
}

function inflate(data) {
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

function deflate(data) {
  return new Response(new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
}

function bytesOf(spelled) {
  return Uint8Array.from(atob(spelled.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function base64(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
