// The decoder beside the page: while it looks at a picture, the page goes on answering the hand. It is served as
// /desk/decode_worker.js, within the scope of the desk's service worker.

import { reader } from "/static/decode_pixels.js";

let read = null;

addEventListener("message", async ({ data: { id, code, picture, looks } }) => {
  try {
    if (code) {
      // Some browsers have workers and no canvas in them; the page decodes there.
      if (!globalThis.OffscreenCanvas) throw new Error("no canvas");
      read = await reader(code);
      return postMessage({ id, found: [] });
    }
    const found = [];
    for (const look of looks) found.push(await read(picture, look));
    postMessage({ id, found });
  } catch (error) {
    postMessage({ id, failed: String(error) });
  } finally {
    picture?.close();
  }
});
