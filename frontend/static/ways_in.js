// The ways a code comes in: typed, from the camera, from a photo, from a keyboard-wedge scanner. All end in take(code).

import { Camera, cameraIsThere } from "./camera.js";
import { dammFits, digitsIn } from "./codes.js";
import { NotAPicture, codesInPhoto } from "./decode.js";
import { showBand } from "./runs.js";
import { say } from "./sound.js";
import { listenToWedge } from "./wedge.js";

const KEPT = "tsunagu.desk.camera";
const OTHER_WAYS = "スキャナー、番号の入力、写真で読み取れます。";
const NOT_SECURE =
  "このアドレスは https ではないのでカメラを使えませんが、スキャナー・番号の入力・写真では読み取れます" +
  "（カメラを使うときは、https のアドレスを情報担当に聞いてください）。";
const IME_ON = "漢字入力がオンです。このまま読み取れます。";
const NO_DECODER = "読み取りの部品が届きません。電波のあるところで、もう一度選ぶか、番号を入力してください";
const NOT_OPENED = {
  heic:
    "この写真の形式（HEIC）は、この機械では開けません。iPhone の「設定」→「カメラ」→「フォーマット」で" +
    "「互換性優先」を選んで撮り直すか、番号を入力してください",
  other: "この写真は開けません。もう一度撮るか、番号を入力してください",
};
const WHY_NOT = {
  NotAllowedError: "カメラの使用が許可されていません。ブラウザの設定で許可してから、もう一度押してください。",
  NotFoundError: `カメラが見つかりません。${OTHER_WAYS}`,
  NotReadableError: "ほかのアプリがカメラを使っています。閉じてから、もう一度押してください。",
};

const byId = (id) => document.getElementById(id);
let take = () => {};
const GONE = "カメラがはずれたか、ほかのアプリが使い始めました。たしかめて、「カメラで読み取る」をもう一度押してください。";
const camera = new Camera(byId("video"), (code) => take(code), cameraGone);

/** Opens every way in. onCode(text) is called for each code, whatever it is. */
export function openWaysIn(onCode) {
  take = onCode;
  byId("typed").addEventListener("submit", typed);
  byId("code").addEventListener("input", hint);
  byId("photo-pick").addEventListener("click", () => byId("photo").click());
  byId("photo").addEventListener("change", photo);
  byId("camera-start").addEventListener("click", startCamera);
  byId("camera-stop").addEventListener("click", stopCamera);
  byId("torch").addEventListener("click", light);
  listenToWedge(take, imeHint());
  byId("camera-start").hidden = !cameraIsThere;
  if (!cameraIsThere) byId("camera-off").textContent = NOT_SECURE;
  else if (localStorage.getItem(KEPT) === "on") startCamera();
}

function typed(event) {
  event.preventDefault();
  const field = byId("code");
  if (field.value.trim()) take(field.value);
  field.value = "";
  field.focus();
  hint();
}

function hint() {
  const number = digitsIn(byId("code").value);
  const wrong = number && !dammFits(number);
  byId("code-hint").textContent = wrong ? "番号がちがうようです。ラベルの8つの数字をたしかめてください。" : "";
}

/** A sentence by the field while an input method is on: what it holds back from the field is read all the same. */
function imeHint() {
  const line = document.createElement("p");
  Object.assign(line, { id: "ime-hint", className: "note" });
  line.setAttribute("role", "status");
  byId("code-hint").after(line);
  return (on) => {
    if (on !== (line.textContent !== "")) line.textContent = on ? IME_ON : "";
  };
}

async function startCamera() {
  byId("camera-off").textContent = "";
  byId("camera").hidden = false;
  byId("camera-start").hidden = true;
  try {
    if (!(await camera.start())) return;
  } catch (error) {
    if (!byId("camera-start").hidden) return; // Stopped meanwhile: nobody waits for it any more.
    stopCamera();
    byId("camera-off").textContent = WHY_NOT[error.name] ?? `カメラを始められません。${OTHER_WAYS}`;
    return;
  }
  localStorage.setItem(KEPT, "on");
  byId("torch").hidden = !camera.hasTorch;
  // On a phone the scans follow the picture; what is used beside the camera comes after them, also for the Tab key.
  byId("list").after(byId("tail"));
}

function stopCamera() {
  camera.stop();
  localStorage.setItem(KEPT, "off");
  byId("camera").hidden = true;
  byId("camera-start").hidden = false;
  byId("list").before(byId("tail"));
}

function cameraGone() {
  stopCamera();
  say("refused");
  byId("camera-off").textContent = GONE;
}

async function light() {
  const on = byId("torch").getAttribute("aria-pressed") !== "true";
  await camera.light(on);
  byId("torch").setAttribute("aria-pressed", on);
}

async function photo(event) {
  const [file] = event.target.files;
  if (!file) return;
  showBand("see", "search", "写真", "ラベルを探しています");
  let codes = [];
  let words = "ラベルが見つかりません。近づけて、もう一度撮ってください";
  try {
    codes = await codesInPhoto(file);
  } catch (error) {
    if (!(error instanceof NotAPicture)) words = NO_DECODER;
    else words = error.heic ? NOT_OPENED.heic : NOT_OPENED.other;
  }
  event.target.value = "";
  if (codes.length) return void codes.forEach((code) => take(code));
  say("refused");
  showBand("no", "nogo", "写真", words);
}
