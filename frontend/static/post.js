// One request to the ledger, and why it brought nothing when it brought nothing.

export const PATIENCE = 20_000; // ms until an answer counts as lost.

/** Why nothing goes out. kind: network (tries again by itself); sign-in, refused (a person must act); stuck (the rest goes). */
export class Trouble extends Error {
  constructor(kind, sentence, pause = 0) {
    super(sentence);
    this.kind = kind;
    this.pause = pause;
  }
}

/** {ok, status, said, headers} with said the JSON of the answer; server is the server's clock, {offset, within}. */
export async function ask(method, path, body, headers = {}, patience = PATIENCE) {
  const plain = body && !(body instanceof FormData);
  const began = Date.now();
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(plain && { "Content-Type": "application/json" }), ...headers },
      body: plain ? JSON.stringify(body) : body,
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw lost();
  }
  let said;
  try {
    said = await answer.json();
  } catch {
    throw answer.ok || answer.redirected ? elsewhere() : lost(answer.status);
  }
  const date = Date.parse(answer.headers.get("Date"));
  const took = Date.now() - began;
  // The header is cut to whole seconds, so the middle of that second is the best guess.
  const server = date ? { offset: date + 500 - (began + took / 2), within: 500 + took / 2 } : null;
  return { ok: answer.ok, status: answer.status, said, headers: answer.headers, server };
}

/** No network, or no answer in time. */
export function lost(status) {
  if (status >= 500) return new Trouble("network", "台帳のサーバーが応答しません。もどると、自動で送ります。");
  return new Trouble("network", "電波がもどると、自動で送ります。");
}

/** Something answered, but not the ledger: the page of a hall's wifi portal, say. */
export function elsewhere() {
  const portal = "この場所の Wi-Fi の画面につながっています。Wi-Fi の利用の手続きをすませると、自動で送ります。";
  return new Trouble("network", portal);
}

/** The whole request was refused: nothing in it was judged. */
export function refusal({ status, said, headers }) {
  if (status === 401) {
    return new Trouble("sign-in", "サインインの時間が切れました。サインインすると送ります。");
  }
  if (status >= 500 || status === 429 || status === 408) {
    const pause = Number(headers.get("Retry-After")) * 1000 || 0;
    return new Trouble("network", "台帳が混み合っています。少し待って、自動で送ります。", pause);
  }
  const sentence = typeof said?.detail === "string" ? said.detail : "台帳が受け取りませんでした。情報担当に連絡してください。";
  return new Trouble("refused", sentence);
}
