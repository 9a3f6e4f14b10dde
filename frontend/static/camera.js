// Labels in front of the camera, or in a photo. Decoding is the browser's own where it knows QR codes, and zxing in
// WebAssembly from this server elsewhere.

import { dammFits, digitsIn, identity } from "./codes.js";

const VENDOR = "/static/vendor/zxing/";
const FORMATS = { native: ["qr_code", "code_128"], zxing: ["QRCodeModel2", "Code128"] };
const GONE = 1_500; // ms out of view until a label counts as shown anew.
const FRAME_WIDTH = 1_280; // px: a label at arm's length is read at this width; more only costs time.
const PHOTO_SIDE = 4_096; // px

let loading = null;

/** Whether this page may use a camera at all: only over https, or on this machine. */
export const cameraIsThere = Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia);

async function nativeDetector() {
  const known = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  if (!known.includes("qr_code")) return null;
  return new BarcodeDetector({ formats: FORMATS.native.filter((format) => known.includes(format)) });
}

async function zxing() {
  loading ??= import(`${VENDOR}reader/index.js`).then(async (module) => {
    module.prepareZXingModule({ overrides: { locateFile: (file) => VENDOR + file } });
    return module;
  });
  // A load that failed in a dead spot is tried anew the next time.
  return loading.catch((error) => {
    loading = null;
    throw error;
  });
}

async function byZxing(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { readBarcodes } = await zxing();
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const found = await readBarcodes(pixels, { formats: FORMATS.zxing, tryHarder: true, maxNumberOfSymbols: 32 });
  return found.filter((code) => code.isValid).map((code) => ({ text: code.text, linear: code.format === "Code128" }));
}

async function byBrowser(detector, source) {
  const found = await detector.detect(source);
  return found.map((code) => ({ text: code.rawValue, linear: code.format === "code_128" }));
}

/** Eight digits whose check digit does not fit are a misreading, or nothing of ours. */
function plausible({ text }) {
  const number = digitsIn(text);
  return text.length <= 500 && text !== "" && (number === null || dammFits(number));
}

/** Every label in a photo file, each once. Throws when the file is no picture this browser can open. */
export async function codesInPhoto(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const detector = await nativeDetector();
    let found = detector ? await byBrowser(detector, picture).catch(() => []) : [];
    if (!found.length) found = await byZxing(picture, picture.width, picture.height, PHOTO_SIDE);
    return [...new Map(found.filter(plausible).map((code) => [identity(code.text), code.text])).values()];
  } finally {
    picture.close();
  }
}

export class Camera {
  #video;
  #onCode;
  #stream = null;
  #detector = null;
  #seen = new Map(); // identity → {last, times}

  /** onCode(text) is called once each time a label comes into view. */
  constructor(video, onCode) {
    this.#video = video;
    this.#onCode = onCode;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  /** Throws what getUserMedia throws. */
  async start() {
    const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    this.stop();
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#detector = await nativeDetector();
    if (!this.#detector) await zxing();
    this.#look(stream);
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.#seen.clear();
  }

  async light(on) {
    await this.#track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  async #look(stream) {
    while (this.#stream === stream) {
      const began = performance.now();
      if (!document.hidden && this.#video.readyState >= 2 && this.#video.videoWidth) {
        for (const code of await this.#codes()) this.#show(code);
      }
      // As long a rest as the look took: the page stays quick on a slow phone.
      const took = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, Math.max(40, took)));
    }
  }

  async #codes() {
    const video = this.#video;
    try {
      const found = this.#detector
        ? await byBrowser(this.#detector, video)
        : await byZxing(video, video.videoWidth, video.videoHeight, FRAME_WIDTH);
      return this.#stream ? found.filter(plausible) : [];
    } catch {
      // A frame that cannot be read, such as the first one after the phone woke up: the next one can.
      return [];
    }
  }

  #show({ text, linear }) {
    const key = identity(text);
    const now = performance.now();
    const known = this.#seen.get(key);
    const times = known && now - known.last < GONE ? known.times + 1 : 1;
    this.#seen.set(key, { last: now, times });
    // Bars without our check digit are taken at the second look: their own checksum lets one misreading in a hundred by.
    if (times === (linear && digitsIn(text) === null ? 2 : 1)) this.#onCode(text);
  }
}
