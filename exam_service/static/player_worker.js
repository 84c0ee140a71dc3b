// The service worker of the candidate's page: with it the page opens without network for as long as the sitting lasts.
// It keeps the empty page, the script, the sheet and the fonts, all of them the same for every candidate. Answers of the
// API never enter its store: they pass by untouched. What belongs to a candidate is the journal's to keep, encrypted.
// The service puts `KEEP` = {store, page, assets, later} in front: the store's name changes with their content. `later` are
// the files of the permitted documents, which the page keeps when its exam has any.
"use strict";

const { store, page, assets, later } = KEEP;
const PAGE_WAIT_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname, search, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === page) event.respondWith(openPage(event.request));
  else if (assets.includes(pathname + search)) event.respondWith(keptOr(event.request));
  else if (later.includes(pathname + search)) event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});

async function fill() {
  const kept = await caches.open(store);
  // The page has fetched them a moment ago, and they never change: they come from the browser's own store.
  await kept.addAll(assets);
  await keepPage(kept, await fetch(page, { cache: "force-cache" }));
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("sat-hach-player") && name !== store).map((name) => caches.delete(name)));
}

/** The page as the server has it now; the kept one when the server does not answer soon. */
async function openPage(request) {
  const kept = await caches.open(store);
  const fresh = fetch(request).then(async (answer) => {
    await keepPage(kept, answer);
    return answer;
  });
  const late = new Promise((resolve, reject) => { setTimeout(() => reject(new Error("no answer yet")), PAGE_WAIT_MS); });
  try {
    return await Promise.race([fresh, late]);
  } catch {
    return await kept.match(page) ?? fresh;
  }
}

/** A redirection to the sign-in is no page to come back to. */
async function keepPage(kept, answer) {
  if (answer.ok && !answer.redirected && answer.type === "basic") await kept.put(page, answer.clone());
}

async function keptOr(request) {
  const kept = await caches.open(store);
  return await kept.match(request) ?? fetch(request);
}
