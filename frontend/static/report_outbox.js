// Reports that were sent off and have no answer yet. Each keeps the number that makes it one report, however often it
// is sent; it leaves the outbox with the server's answer and not before.

import { asBytes, asFile, onStore } from "./report_draft.js";

const memory = new Map(); // Where the phone keeps nothing, the page does.

/** Keep a report until it is answered; false when it will be lost with the page. */
export async function put(key, number, fields, files) {
  const job = { key, number, fields, files: await Promise.all(files.map(asBytes)), at: Date.now() };
  memory.set(key, job);
  return (await onStore("outbox", "readwrite", (store) => store.put(job))) !== null;
}

export async function waiting() {
  const kept = (await onStore("outbox", "readonly", (store) => store.getAll()))?.result ?? [];
  const all = new Map([...kept, ...memory.values()].map((job) => [job.key, job]));
  return [...all.values()].sort((one, other) => one.at - other.at);
}

export async function take(key) {
  memory.delete(key);
  await onStore("outbox", "readwrite", (store) => store.delete(key));
}

/** Send one. {sent}: the answer; {wait}: seconds until the next try, nothing is lost,
 * and busy when too many were sent; {refused}: the problem. */
export async function send(job) {
  const body = new FormData();
  body.append("tag", job.number);
  for (const [name, value] of job.fields) body.append(name, value);
  for (const kept of job.files) body.append("photos", asFile(kept));
  let answer;
  let said;
  try {
    answer = await fetch("/api/issues", {
      method: "POST",
      body,
      headers: { "Idempotency-Key": job.key },
      credentials: "same-origin",
      redirect: "error",
    });
    said = await answer.json();
  } catch {
    return { wait: 15 };
  }
  if (answer.status === 201) {
    await take(job.key);
    return { sent: said };
  }
  if (answer.status === 429 || answer.status >= 500) {
    return { wait: Number(answer.headers.get("retry-after")) || 15, busy: answer.status === 429 };
  }
  await take(job.key);
  return { refused: said };
}
