// Three words in sound, told apart without pitch, by how many notes there are and how long they last:
// taken one short · already two soft and equal · refused one long, with a shake of the phone.

const WORDS = {
  taken: { notes: [[880, 0, 0.09, 0.25]], shake: [60] },
  again: { notes: [[520, 0, 0.09, 0.12], [520, 0.16, 0.09, 0.12]], shake: [40, 60, 40] },
  refused: { notes: [[196, 0, 0.55, 0.3]], shake: [300] },
};
const KEPT = "tsunagu.desk.sound";
const ONCE = 120; // ms in which the same word is said once: a photo of a tray brings sixteen at a time.
let context = null;
let before = { word: "", at: -ONCE };

export function soundIsOn() {
  return localStorage.getItem(KEPT) !== "off";
}

export function switchSound(on) {
  localStorage.setItem(KEPT, on ? "on" : "off");
}

/** word: taken, again or refused. */
export function say(word) {
  if (!soundIsOn()) return;
  const at = performance.now();
  if (before.word === word && at - before.at < ONCE) return;
  before = { word, at };
  const { notes, shake } = WORDS[word];
  navigator.vibrate?.(shake);
  try {
    // Made at the first scan: a browser lets a page sound only after somebody pressed a key or touched it.
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume().catch(() => {});
    for (const [pitch, begins, lasts, loud] of notes) ring(pitch, context.currentTime + begins, lasts, loud);
  } catch {
    // A machine without a sound card still says every word on the screen.
  }
}

function ring(pitch, begins, lasts, loud) {
  const note = new OscillatorNode(context, { frequency: pitch, type: "triangle" });
  const volume = new GainNode(context, { gain: 0 });
  // A quick rise and fall, because a note cut off square clicks.
  volume.gain.setValueAtTime(0, begins);
  volume.gain.linearRampToValueAtTime(loud, begins + 0.008);
  volume.gain.setValueAtTime(loud, begins + lasts - 0.02);
  volume.gain.linearRampToValueAtTime(0, begins + lasts);
  note.connect(volume).connect(context.destination);
  note.start(begins);
  note.stop(begins + lasts);
}
