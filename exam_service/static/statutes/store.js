// Owns the store of the browser that holds the permitted documents and the files that show them: nothing of a candidate, so
// that the next sitting on the same computer finds them. Calls no endpoint of the service's interface.

const STORE = "sat-hach-statutes";
const place = (sha256) => `/statutes/${sha256}`;

/** True when `bytes` have the SHA-256 `expected` (hex), and where the browser cannot tell. */
export async function isDigestOf(bytes, expected) {
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === expected;
}

/** The bytes that were kept; null when there are none, or others than those of the hash. */
export async function kept(sha256) {
  try {
    const found = await (await caches.open(STORE)).match(place(sha256));
    const bytes = found && await found.arrayBuffer();
    return bytes && await isDigestOf(bytes, sha256) ? bytes : null;
  } catch {
    return null;
  }
}

/** Keep a document; a browser that refuses has it only as long as the page is open. */
export async function keep(sha256, bytes) {
  try {
    await (await caches.open(STORE)).put(place(sha256), new Response(bytes));
  } catch {
    // It will be fetched again.
  }
}

/** Keep the files at `addresses`; the browser has just had them. */
export async function keepFiles(addresses) {
  try {
    const store = await caches.open(STORE);
    for (const address of addresses) if (!await store.match(address)) await store.add(address);
  } catch {
    // They will be fetched again.
  }
}

/** Of all that is kept, keep the documents of `hashes` and the files at `addresses` only. */
export async function keepOnly(hashes, addresses) {
  try {
    const store = await caches.open(STORE);
    const wanted = new Set([...hashes.map(place), ...addresses]);
    for (const request of await store.keys()) {
      const { pathname, search } = new URL(request.url);
      if (!wanted.has(pathname + search)) await store.delete(request);
    }
  } catch {
    // It stays until the next time.
  }
}
