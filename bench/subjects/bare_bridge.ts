/**
 * A bridge that does nothing but forward: no check, no era, no session, no limit, no cancellation, and
 * a message that cannot be delivered is lost. What it takes, Deno's stdio and `fetch` take; no bridge
 * under Deno can be much faster.
 */
const [url, token] = Deno.args;
const lineFeed = 0x0a;
const headers = {
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const lines: Uint8Array[] = [];
let isWriting = false;

async function forward(line: Uint8Array<ArrayBuffer>): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers, body: line });
  const body = new Uint8Array(await answer.arrayBuffer());
  if (answer.headers.get("content-type") === "application/json") return write(body);
  // One event with one line of data is all that the benchmark's backend sends.
  const data = new TextDecoder().decode(body).split("\n").find((line) => line.startsWith("data: "));
  if (data) write(new TextEncoder().encode(data.slice("data: ".length)));
}

async function write(line: Uint8Array): Promise<void> {
  lines.push(line);
  if (isWriting) return;
  isWriting = true;
  await Promise.resolve();
  while (lines.length > 0) {
    const taken = lines.splice(0);
    const batch = new Uint8Array(taken.reduce((sum, { length }) => sum + length + 1, 0));
    let at = 0;
    for (const line of taken) {
      batch.set(line, at);
      at += line.length;
      batch[at++] = lineFeed;
    }
    for (let at = 0; at < batch.length;) at += await Deno.stdout.write(batch.subarray(at));
  }
  isWriting = false;
}

const buffer = new Uint8Array(1 << 16);
let rest = new Uint8Array(0);
for (let length; (length = await Deno.stdin.read(buffer)) !== null;) {
  const read = new Uint8Array(rest.length + length);
  read.set(rest);
  read.set(buffer.subarray(0, length), rest.length);
  let at = 0;
  for (let end; (end = read.indexOf(lineFeed, at)) !== -1; at = end + 1) {
    forward(read.slice(at, end));
  }
  rest = read.slice(at);
}
