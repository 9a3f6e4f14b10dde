// Codes out of a picture's pixels, by zxing in WebAssembly from this server. It knows no page, so that it runs in a
// worker as well; docs/decoding.md says what each kind of look reads.

const VENDOR = "/static/vendor/zxing/";
// Plain "QRCode" would read Micro QR too, and find some where there is none. No label is white on black.
const QR = ["QRCodeModel2"];
const ALL = [...QR, "Code128"];
const HOW = { tryHarder: true, tryInvert: false, maxNumberOfSymbols: 64 };

/** The decoder's machine code. Only the desk's own page may compile it (its Content-Security-Policy says so). */
export async function compiled() {
  const answer = await fetch(`${VENDOR}zxing_reader.wasm`, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the decoder did not arrive: ${answer.status}`);
  return WebAssembly.compile(await answer.arrayBuffer());
}

/**
 * read(picture, look) → [{text, linear}], from what compiled() gave. look: {left, top, width, height} of the part looked
 * at, in px of the picture; scale, px drawn for each of them; sharpen, if any; bars: false for QR codes alone.
 */
export async function reader(code) {
  const { prepareZXingModule, readBarcodes } = await import(`${VENDOR}reader/index.js`);
  await new Promise((resolve, reject) => {
    const instantiateWasm = (imports, done) => {
      WebAssembly.instantiate(code, imports).then(done, reject);
      return {};
    };
    prepareZXingModule({ overrides: { instantiateWasm }, fireImmediately: true }).then(resolve, reject);
  });
  return async (picture, look) => {
    const pixels = drawn(picture, look);
    if (look.sharpen) sharpen(pixels, look.sharpen);
    const found = await readBarcodes(pixels, { ...HOW, formats: look.bars === false ? QR : ALL });
    return found.filter((code) => code.isValid).map((code) => ({ text: code.text, linear: code.format === "Code128" }));
  };
}

let canvas = null;

function drawn(picture, { left, top, width, height, scale }) {
  const across = Math.max(1, Math.round(width * scale));
  const down = Math.max(1, Math.round(height * scale));
  canvas ??= globalThis.document ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  // Made anew only when it changes, because a new canvas is memory that a small phone lacks.
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, left, top, width, height, 0, 0, across, down);
  return context.getImageData(0, 0, across, down);
}

/**
 * Makes grey of the pixels, and what differs from its surroundings (a square of 2 × reach + 1 px) differ more, by so many
 * times; smoothed: after the noise of a dim room is taken off.
 */
function sharpen({ data, width, height }, { reach, by, smoothed }) {
  const size = width * height;
  const grey = new Uint8Array(size);
  for (let at = 0, from = 0; at < size; at++, from += 4) {
    grey[at] = (306 * data[from] + 601 * data[from + 1] + 117 * data[from + 2]) >> 10;
  }
  if (smoothed) smooth(grey, width, height);
  const means = meansAlongLines(grey, width, height, reach);
  const sums = new Int32Array(width);
  const side = 2 * reach + 1;
  const clamp = (row) => Math.min(height - 1, Math.max(0, row)) * width;
  for (let row = -reach; row <= reach; row++) for (let x = 0, from = clamp(row); x < width; x++) sums[x] += means[from + x];
  for (let y = 0, at = 0; y < height; y++) {
    const enters = clamp(y + reach + 1);
    const leaves = clamp(y - reach);
    for (let x = 0; x < width; x++, at++) {
      const level = grey[at] + by * (grey[at] - sums[x] / side);
      // A Uint8ClampedArray cuts what is beyond black and white.
      data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = level;
      sums[x] += means[enters + x] - means[leaves + x];
    }
  }
}

function meansAlongLines(grey, width, height, reach) {
  const means = new Uint8Array(grey.length);
  const side = 2 * reach + 1;
  for (let y = 0, line = 0; y < height; y++, line += width) {
    let sum = grey[line] * reach;
    for (let x = 0; x <= reach; x++) sum += grey[line + Math.min(width - 1, x)];
    for (let x = 0; x < width; x++) {
      means[line + x] = sum / side;
      sum += grey[line + Math.min(width - 1, x + reach + 1)] - grey[line + Math.max(0, x - reach)];
    }
  }
  return means;
}

/** Each pixel with its four neighbours, first along the line, then across: one, two, one. */
function smooth(grey, width, height) {
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 1, before = grey[at++]; x < width - 1; x++, at++) {
      const here = grey[at];
      grey[at] = (before + 2 * here + grey[at + 1]) >> 2;
      before = here;
    }
    at += 1;
  }
  const above = grey.slice(0, width);
  for (let y = 1, at = width; y < height - 1; y++) {
    for (let x = 0; x < width; x++, at++) {
      const here = grey[at];
      grey[at] = (above[x] + 2 * here + grey[at + width]) >> 2;
      above[x] = here;
    }
  }
}
