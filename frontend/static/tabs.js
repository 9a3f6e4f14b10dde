// What one tab did, the others show too.

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("tsunagu-desk") : null;
const listeners = new Set();

/** listener(news, here): news is {kind, …}; here is whether this tab brought it. */
export function hear(listener) {
  listeners.add(listener);
}

export function announce(news) {
  channel?.postMessage(news);
  for (const listener of listeners) listener(news, true);
}

channel?.addEventListener("message", ({ data }) => {
  for (const listener of listeners) listener(data, false);
});
