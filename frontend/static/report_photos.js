// The photos of a report: a button, what was taken in small, and a way to leave one out again.

import { keepShots, readShots } from "./report_draft.js";

const AT_MOST = 3;

export async function photos(form) {
  const field = form.querySelector("#f-photos");
  const list = form.querySelector("[data-shots]");
  const row = form.querySelector("#shot");
  let files = await readShots(form.dataset.number);

  function draw() {
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren(
      ...files.map((file, at) => {
        const item = row.content.cloneNode(true);
        const image = item.querySelector("img");
        image.src = URL.createObjectURL(file);
        // A picture that this browser cannot show (HEIC) is sent all the same; its name stands in its place.
        image.onerror = () => image.replaceWith(file.name);
        item.querySelector("button").addEventListener("click", () => keep(files.filter((_, place) => place !== at)));
        return item;
      }),
    );
    list.hidden = !files.length;
  }

  async function keep(next) {
    files = next.slice(0, AT_MOST);
    draw();
    await keepShots(form.dataset.number, files);
  }

  field.addEventListener("change", () => {
    const taken = [...field.files];
    field.value = "";
    keep([...files, ...taken]);
  });
  draw();
  return { files: () => files, keep };
}
