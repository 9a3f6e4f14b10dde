// Signing with a finger, a pen or a mouse. Strokes are kept as points in shares of the frame's width, so that turning
// the telephone redraws them; what is sent is a picture of them, as text in a hidden field, and a form that comes back
// refused draws it again. Without this module a typed name and consent sign.

const canvas = document.querySelector("#pad");
const form = document.querySelector("#sign");

if (canvas && form) {
  const frame = canvas.closest(".pad");
  const said = document.querySelector("#pad-said");
  const sent = form.elements.drawing;
  const ink = canvas.getContext("2d");
  let strokes = []; // each a list of [x, y] in shares of the frame's width
  let kept = null; // the picture of a form that came back
  let stroke = null;

  frame.hidden = false;

  const say = () => {
    const drawn = strokes.length > 0 || kept !== null;
    frame.classList.toggle("drawn", drawn);
    said.textContent = drawn ? "署名が書かれています。" : "わくの中に名前を書いてください。";
  };

  // A line through the middles of the points is as smooth as the hand that drew it.
  const trace = (points, width) => {
    ink.beginPath();
    ink.moveTo(points[0][0] * width, points[0][1] * width);
    if (points.length === 1) ink.lineTo(points[0][0] * width + 0.1, points[0][1] * width);
    for (let at = 1; at < points.length; at += 1) {
      const [x, y] = points[at];
      const [nextX, nextY] = points[at + 1] ?? points[at];
      ink.quadraticCurveTo(x * width, y * width, ((x + nextX) / 2) * width, ((y + nextY) / 2) * width);
    }
    ink.stroke();
  };

  const redraw = () => {
    const { width, height } = canvas.getBoundingClientRect();
    // The frame is sent as it is seen; twice the pixels are enough for a signature on paper.
    const scale = Math.min(devicePixelRatio || 1, 2);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    ink.setTransform(scale, 0, 0, scale, 0, 0);
    ink.lineWidth = Math.max(2.5, width / 220);
    ink.lineCap = "round";
    ink.lineJoin = "round";
    ink.strokeStyle = "#000";
    if (kept) {
      const fits = Math.min(width / kept.width, height / kept.height);
      ink.drawImage(kept, 0, 0, kept.width * fits, kept.height * fits);
    }
    for (const points of strokes) trace(points, width);
  };

  const point = (event) => {
    const { left, top, width } = canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / width];
  };

  canvas.addEventListener("pointerdown", (event) => {
    // One hand signs: a second finger, and any button but the first, is no stroke.
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
    redraw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length > 0 ? moves : [event]) stroke.push(point(move));
    redraw();
  });
  const lift = () => {
    stroke = null;
    say();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  document.querySelector("#pad-clear").addEventListener("click", () => {
    strokes = [];
    kept = null;
    redraw();
    say();
  });

  form.addEventListener("submit", () => {
    sent.value = strokes.length > 0 || kept !== null ? canvas.toDataURL("image/png") : "";
  });

  new ResizeObserver(redraw).observe(canvas);
  if (sent.value) {
    const before = new Image();
    before.addEventListener("load", () => {
      kept = before;
      redraw();
      say();
    });
    before.src = sent.value;
  }
  say();
}
