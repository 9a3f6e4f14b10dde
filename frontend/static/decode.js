// Labels in a picture, each once, whatever decodes them: the browser's own detector where it knows both kinds of code,
// zxing elsewhere, in a worker where that is possible.

import { dammFits, digitsIn, identity } from "./codes.js";
import { compiled, reader } from "./decode_pixels.js";

const NATIVE = ["qr_code", "code_128"];
const WORKER = "/desk/decode_worker.js";
const STARTS = 4_000; // ms in which a worker stands ready; on a network that is there and silent its parts never come.
const ARRIVES = 20_000; // ms in which the decoder is there, wherever it runs.
const PHOTO_SIDE = 4_096; // px
const TILE = { side: 960, overlap: 200, most: 30 }; // px of the photo; a label this far apart stands whole in one of them.
// Found by trying (docs/decoding.md): the first undoes a lens out of focus, also in a dim room, and needs no more px than
// that; the second serves small labels, drawn larger. It passes bars over: what two pixels say of three bars may be
// another number.
const SOFT = { sharpen: { reach: 5, by: 3, smoothed: true } };
const SOFT_SIDE = 1_280; // px
const SMALL = { sharpen: { reach: 4, by: 1.5 }, bars: false };

/** The browser's own detector, or null where it is missing or knows only one of the two kinds of code. */
export async function nativeDetector() {
  const known = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  return NATIVE.every((format) => known.includes(format)) ? new BarcodeDetector({ formats: NATIVE }) : null;
}

/** [{text, linear}] by the browser's own detector. */
export async function detected(detector, picture) {
  const found = await detector.detect(picture);
  return found.map((code) => ({ text: code.rawValue, linear: code.format === "code_128" }));
}

let loading = null;

/** look(picture, looks) → one [{text, linear}] for each look; the picture, an ImageBitmap, is used up. */
export async function zxing() {
  const loads = async (code) => (await inWorker(code).catch(() => null)) ?? onPage(code);
  loading ??= within(ARRIVES, compiled().then(loads));
  // A load that failed in a dead spot is tried anew the next time.
  return loading.catch((error) => {
    loading = null;
    throw error;
  });
}

/** What the promise gives, or an error when it gives nothing in time. */
function within(time, promise) {
  const late = new Promise((_, reject) => setTimeout(reject, time, new Error("it did not come in time")));
  return Promise.race([promise, late]);
}

async function inWorker(code) {
  const worker = new Worker(WORKER, { type: "module" });
  const asked = new Map();
  let last = 0;
  const fail = (why) => {
    for (const { reject } of asked.values()) reject(new Error(why));
    asked.clear();
  };
  // Also when it dies later, for want of memory: the next look begins with a new one.
  worker.addEventListener("error", () => {
    fail("the worker stopped");
    if (last > 1) loading = null;
  });
  worker.addEventListener("message", ({ data: { id, found, failed } }) => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (failed) waiting?.reject(new Error(failed));
    else waiting?.resolve(found);
  });
  const ask = (message, moved) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      asked.set(id, { resolve, reject });
      worker.postMessage({ id, ...message }, moved);
    });
  try {
    await within(STARTS, ask({ code }, []));
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return (picture, looks) => ask({ picture, looks }, [picture]);
}

async function onPage(code) {
  const read = await reader(code);
  return async (picture, looks) => {
    const found = [];
    try {
      for (const look of looks) {
        // One look at a time, so that keys and touches come in between.
        await new Promise((resolve) => setTimeout(resolve));
        found.push(await read(picture, look));
      }
    } finally {
      picture.close();
    }
    return found;
  };
}

/** Eight digits whose check digit does not fit are a misreading, or nothing of ours. */
function plausible({ text }) {
  const number = digitsIn(text);
  return text.length <= 500 && text !== "" && (number === null || dammFits(number));
}

/** Each label of several readings once. */
export function labelsIn(readings) {
  const found = new Map();
  for (const code of readings.flat().filter(plausible)) {
    const key = identity(code.text);
    const known = found.get(key);
    if (!known || (known.linear && !code.linear)) found.set(key, code);
  }
  return [...found.values()];
}

/** The looks at the frames of a camera, taken in turn; side: px drawn at most. Every other one is the quick one. */
export function frameLook(turn, { width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  const whole = { left: 0, top: 0, width, height, scale };
  if (turn % 2 === 0) return whole;
  if (turn % 4 === 1) return { ...whole, ...SOFT, scale: Math.min(scale, SOFT_SIDE / Math.max(width, height)) };
  // First where a hand holds a label that is too far away, then where a tray of them may lie.
  const middle = { left: width / 4, top: height / 4, width: width / 2, height: height / 2 };
  const parts = [middle, ...tiles({ width, height }, TILE.side)];
  const part = parts[Math.floor(turn / 4) % parts.length];
  return { ...part, scale: Math.min(2, side / Math.max(part.width, part.height)), ...SMALL };
}

/** The looks at a photo: the whole of it as it is and sharpened, and its parts enlarged. */
export function photoLooks({ width, height }) {
  const longest = Math.max(width, height);
  const whole = { left: 0, top: 0, width, height, scale: Math.min(1, PHOTO_SIDE / longest) };
  const soft = { ...whole, ...SOFT, scale: Math.min(1, SOFT_SIDE / longest) };
  let side = TILE.side;
  while (tiles({ width, height }, side).length > TILE.most) side *= 1.25;
  const scale = side > TILE.side ? 1.5 : 2;
  return [whole, soft, ...tiles({ width, height }, side).map((part) => ({ ...part, ...SMALL, scale }))];
}

function tiles({ width, height }, side) {
  return starts(height, side).flatMap((top) =>
    starts(width, side).map((left) => {
      return { left, top, width: Math.min(side, width - left), height: Math.min(side, height - top) };
    }),
  );
}

/** Where tiles begin on a length, evenly spread, neighbours overlapping. */
function starts(length, side) {
  const count = Math.max(1, Math.ceil((length - TILE.overlap) / (side - TILE.overlap)));
  const step = count > 1 ? (length - side) / (count - 1) : 0;
  return Array.from({ length: count }, (_, place) => Math.max(0, Math.round(place * step)));
}

/**
 * The text of every label in a photo, from its QR code or from bars that were read twice: their checksum lets one
 * misreading in a hundred by, and the check digit one in ten of those. Throws a NotAPicture for
 * what this browser cannot open.
 */
export async function codesInPhoto(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error) => {
    throw new NotAPicture(file, error);
  });
  const readings = [];
  const detector = await nativeDetector();
  if (detector) readings.push(await detected(detector, picture).catch(() => []));
  readings.push(...(await (await zxing())(picture, photoLooks(picture))));
  const twice = ({ text }) => readings.filter((one) => one.some((code) => code.text === text)).length > 1;
  return labelsIn(readings).filter((code) => !code.linear || twice(code)).map((code) => code.text);
}

export class NotAPicture extends Error {
  constructor(file, cause) {
    super("this browser cannot open it", { cause });
    // The kind in which iPhones keep their photos and which other machines seldom know.
    this.heic = /hei[cf]/i.test(file.type) || /\.hei[cf]$/i.test(file.name);
  }
}
