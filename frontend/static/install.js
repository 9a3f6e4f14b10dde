// The desk as something this machine has: it opens without a network after it was opened once with one.

import { zxing } from "./decode.js";

const byId = (id) => document.getElementById(id);
// One sentence for both, because the reason is one.
const NOT_SECURE =
  "このアドレスは https ではないので、カメラと、電波のないところで窓口を開くことはできませんが、" +
  "スキャナー・番号の入力・写真では読み取れ、送れないあいだはこの機械がためておきます（https のアドレスは情報担当に聞いてください）。";

/** After the ways in are open. */
export async function keepDesk() {
  if (!isSecureContext) byId("camera-off").textContent = NOT_SECURE;
  // Where nothing keeps the decoder, it is fetched while there is a network: a photo may be taken where there is none.
  if (!("serviceWorker" in navigator)) return void zxing().catch(() => {});
  try {
    await navigator.serviceWorker.register("/desk/sw.js", { scope: "/desk", updateViaCache: "none" });
  } catch {
    // Without it the desk works as long as the page stands; nothing that was scanned is lost.
    return;
  }
  const { active } = await navigator.serviceWorker.ready;
  await document.fonts.ready;
  // The slices of the font that these words needed came before anybody kept them.
  const fonts = performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname);
  active.postMessage({ fonts: fonts.filter((path) => path.endsWith(".woff2")) });
}
