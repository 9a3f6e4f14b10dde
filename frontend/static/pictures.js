// Pictures of damage: made small enough for a hall's thin line on the way in.

const LONGEST = 1600; // px of the longer side.
const HEAVIEST = 700_000; // bytes; the door takes a little more, the form around it included.
const QUALITIES = [0.82, 0.7, 0.55, 0.4];

/** A JPEG of the picture, upright, its longer side at most 1600 px. Raises when the browser cannot open it. */
export async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const paper = canvas.getContext("2d");
  // JPEG knows no transparency: what is clear becomes white, not black.
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.imageSmoothingQuality = "high";
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (!blob) throw new Error("the picture cannot be written");
    if (blob.size <= HEAVIEST) break;
  }
  return blob;
}
