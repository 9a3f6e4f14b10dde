// A standard answer goes into the field where it can still be changed. Without this module the server puts it in when
// the form arrives with nothing written.

const field = document.getElementById("f-text");
let put = ""; // What this module wrote, so that a word of the staff's own is never overwritten.

document.querySelector("[data-answers]")?.addEventListener("change", (event) => {
  const text = event.target.dataset.text;
  const own = field.value.trim();
  if (own && own !== put.trim()) field.value = `${own}\n${text}`;
  else field.value = text;
  put = field.value;
  field.focus();
});
