// Labels in front of the camera. decode.js reads the pictures; this module knows when a label is shown anew.

import { identity } from "./codes.js";
import { detected, frameLook, labelsIn, nativeDetector, zxing } from "./decode.js";

const GONE = 1_000; // ms out of view until a label counts as shown anew,
const MISSED = 4; // and as many looks without it: a slow phone looks seldom.
// px of a frame's longer side: a tray of labels is read at the first, a slow phone is content with the second.
const SIDES = { fine: 1_920, quick: 1_280 };
const SLOW = 150; // ms that a look may take before the phone counts as slow.
const PATIENCE = 5; // Looks in a row that the browser's own detector may fail before zxing takes its place.

/** Whether this page may use a camera at all: only over https, or on this machine. */
export const cameraIsThere = Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia);

export class Camera {
  #video;
  #onCode;
  #stream = null;
  #onGone;
  #turn = 0; // grows whenever it is started or stopped
  #detector = null;
  #failures = 0;
  #looks = 0;
  #slow = 0; // Quick looks that took too long.
  #seen = new Map(); // identity → {at, look, times, told}: when and at which look it was last seen, how often in a row

  /** onCode(text) is called once each time a label comes into view; onGone() when the camera ends by itself. */
  constructor(video, onCode, onGone) {
    this.#video = video;
    this.#onCode = onCode;
    this.#onGone = onGone;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  /** Whether it looks now: somebody may have stopped it on the way. Throws what getUserMedia or loading the decoder throws. */
  async start() {
    const turn = ++this.#turn;
    const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (turn !== this.#turn) {
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    this.#stream = stream;
    // Unplugged, or taken by another app. Stopping it ourselves is not told.
    this.#track.addEventListener("ended", () => this.#stream === stream && this.#onGone());
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#detector = await nativeDetector();
    this.#failures = 0;
    if (!this.#detector) await zxing();
    if (turn !== this.#turn) return false;
    this.#look(stream);
    return true;
  }

  stop() {
    this.#turn += 1;
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
        const codes = await this.#codes();
        // What was looked at before somebody pressed "stop" is of no use after it.
        if (this.#stream === stream) for (const code of codes) this.#show(code);
        this.#looks += 1;
      }
      // A rest of half as long as the look took keeps a small phone cool.
      const took = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(20, took / 2))));
    }
  }

  async #codes() {
    const video = this.#video;
    try {
      if (this.#detector) return labelsIn([await this.#byDetector()]);
      const look = await zxing();
      const picture = await createImageBitmap(video);
      const began = performance.now();
      const found = await look(picture, [frameLook(this.#looks, picture, this.#slow > 2 ? SIDES.quick : SIDES.fine)]);
      if (this.#looks % 2 === 0 && performance.now() - began > SLOW) this.#slow += 1;
      return labelsIn(found);
    } catch {
      // A frame that cannot be read, such as the first one after the phone woke up: the next one can.
      return [];
    }
  }

  async #byDetector() {
    try {
      const found = await detected(this.#detector, this.#video);
      this.#failures = 0;
      return found;
    } catch (error) {
      // Some telephones have a detector whose service is missing: it fails at every picture.
      if (++this.#failures >= PATIENCE) this.#detector = null;
      throw error;
    }
  }

  #show(code) {
    const key = identity(code.text);
    const now = performance.now();
    const known = this.#seen.get(key);
    const stayed = known && (now - known.at < GONE || this.#looks - known.look <= MISSED);
    const times = stayed ? known.times + 1 : 1;
    // Bars are taken at the second look: their checksum lets one misreading in a hundred by.
    const sure = !code.linear || times > 1;
    const told = Boolean(stayed && known.told);
    this.#seen.set(key, { at: now, look: this.#looks, times, told: told || sure });
    if (sure && !told) this.#onCode(code.text);
  }
}
