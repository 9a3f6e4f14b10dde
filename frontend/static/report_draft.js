// What somebody has written and not yet sent, kept in their own phone: words in localStorage, photos in IndexedDB. A
// phone that lends us neither (private windows) still reports; it only forgets when the page is closed.

const LASTS_MS = 7 * 24 * 3600 * 1000;

const name = (number) => `tsunagu-report-${number}`;

export function readDraft(number) {
  try {
    const draft = JSON.parse(localStorage.getItem(name(number)));
    return draft && Date.now() - draft.at < LASTS_MS ? draft : null;
  } catch {
    return null;
  }
}

export function keepDraft(number, fields) {
  try {
    localStorage.setItem(name(number), JSON.stringify({ at: Date.now(), fields }));
  } catch {
    // Full or forbidden: the page itself still holds what was written.
  }
}

export async function forgetDraft(number) {
  try {
    localStorage.removeItem(name(number));
  } catch {
    // Nothing was kept.
  }
  await keepShots(number, []);
}

/** Resolves with the store of this name, or null where the phone has none. */
let opened;
function database() {
  opened ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open("tsunagu-reports", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("shots");
        request.result.createObjectStore("outbox", { keyPath: "key" });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opened;
}

/** One request on a store; null where the phone keeps nothing. `made` tells a write that was kept from one that was not. */
export async function onStore(store, mode, act) {
  const base = await database();
  if (!base) return null;
  return new Promise((resolve) => {
    try {
      const transaction = base.transaction(store, mode);
      const request = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve({ made: true, result: request.result });
      transaction.onerror = transaction.onabort = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** Files are kept as their bytes: some browsers lose a Blob of a file that was taken away. */
export async function keepShots(number, files) {
  const kept = await Promise.all(files.map(asBytes));
  await onStore("shots", "readwrite", (store) => (kept.length ? store.put(kept, number) : store.delete(number)));
}

export async function readShots(number) {
  const kept = (await onStore("shots", "readonly", (store) => store.get(number)))?.result ?? [];
  return kept.map(asFile);
}

export const asBytes = async (file) => ({ name: file.name, type: file.type, bytes: await file.arrayBuffer() });
export const asFile = (kept) => new File([kept.bytes], kept.name, { type: kept.type });
