/**
 * A minimal Streamable HTTP server, in its own process so that nobody else's work is counted as its
 * own: it does just enough to be a backend, and everything that it sends is prepared beforehand.
 *
 * `/json` and `/sse` compare the token as text; `/jwt` verifies its signature and claims, as a real
 * token-validating backend does. Prints one line of JSON, its URLs and a token that it accepts.
 *
 * `/requests` says which requests there were since it was last asked, as far as it keeps them.
 */
import { generateKeyPair, jwtVerify, SignJWT } from "jose";
import type { NotedRequest } from "./start_backend.ts";

const audience = "urn:bench:backend";
const keys = await generateKeyPair("ES256");
const token = await new SignJWT({ sub: "bench", client_id: "bench" })
  .setProtectedHeader({ alg: "ES256" })
  .setAudience(audience)
  .setExpirationTime("24h")
  .sign(keys.privateKey);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const sentence = 'Ready to copy: \\"the quick brown fox\\"\\tjumps over 13 lazy dogs.\\n';
const texts = new Map<number, Uint8Array>();
const tools = JSON.stringify(
  Array.from({ length: 30 }, (_, index) => ({
    name: `tool_${index}`,
    description: "A tool as any other, with a description of the usual length and two arguments.",
    inputSchema: {
      type: "object",
      properties: { text: { type: "string" }, bytes: { type: "integer" } },
    },
  })),
);

/** The inside of a JSON string of so many bytes, made once. */
function textOf(bytes: number): Uint8Array {
  const known = texts.get(bytes);
  if (known) return known;
  const made = encoder.encode(sentence.repeat(Math.ceil(bytes / sentence.length)).slice(0, bytes));
  for (let end = bytes - 1; made[end] === 0x5c; end--) made[end] = 0x2e;
  texts.set(bytes, made);
  return made;
}

interface Message {
  id?: number;
  method?: string;
  params?: { protocolVersion?: string; arguments?: { bytes?: number } };
}

/** Reads a message; of a big one only what surrounds the argument, which is counted, not parsed. */
function read(body: Uint8Array): Message {
  if (body.length < 65_536) return JSON.parse(decoder.decode(body));
  const edges = decoder.decode(body.subarray(0, 512)) + decoder.decode(body.subarray(-512));
  return { id: Number(/"id":(\d+)/.exec(edges)?.[1]), method: "tools/call" };
}

function resultOf(message: Message, length: number): Uint8Array | string {
  switch (message.method) {
    case "initialize":
      return JSON.stringify({
        protocolVersion: message.params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "bench", version: "1" },
      });
    case "tools/list":
      return `{"tools":${tools}}`;
    case "tools/call": {
      const bytes = message.params?.arguments?.bytes;
      if (bytes) {
        return concat('{"content":[{"type":"text","text":"', textOf(bytes), '"}]}');
      }
      return `{"content":[{"type":"text","text":"${length} bytes"}]}`;
    }
    default:
      return "{}";
  }
}

function concat(...parts: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const encoded = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const whole = new Uint8Array(encoded.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of encoded) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

async function refusal(request: Request, path: string): Promise<Response | undefined> {
  const field = request.headers.get("authorization") ?? "";
  if (path !== "/jwt") return field === `Bearer ${token}` ? undefined : unauthorized();
  try {
    await jwtVerify(field.slice("Bearer ".length), keys.publicKey, { audience });
  } catch {
    return unauthorized();
  }
}

function unauthorized(): Response {
  return new Response(null, {
    status: 401,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
}

/** What came since somebody asked. */
let requests: NotedRequest[] = [];
/** No more is kept: in most of the benchmark nobody asks. */
const mostRequests = 100;

function note(what: string, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) {
  if (requests.length < mostRequests) requests.push({ what, connection: remoteAddr.port });
}

/** Answers one request of a client or bridge. */
async function answer(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
): Promise<Response> {
  const path = new URL(request.url).pathname;
  const refused = await refusal(request, path);
  if (refused) return refused;
  if (path === "/requests") {
    const since = requests;
    requests = [];
    return Response.json(since);
  }
  if (request.method !== "POST") note(request.method, info);
  if (request.method === "DELETE") return new Response(null, { status: 204 });
  if (request.method === "GET") {
    if (path === "/json") return new Response(null, { status: 405 });
    return new Response(new ReadableStream({ start: (c) => c.enqueue(encoder.encode(":\n\n")) }), {
      headers: { "content-type": "text/event-stream" },
    });
  }
  const body = await request.bytes();
  const message = read(body);
  note(message.method ?? "POST", info);
  if (message.id === undefined) return new Response(null, { status: 202 });
  const result = resultOf(message, body.length);
  const head = `{"jsonrpc":"2.0","id":${message.id},"result":`;
  const headers: Record<string, string> = message.method === "initialize"
    ? { "mcp-session-id": crypto.randomUUID() }
    : {};
  const sse = path === "/sse";
  headers["content-type"] = sse ? "text/event-stream" : "application/json";
  const before = sse ? `event: message\ndata: ${head}` : head;
  const after = sse ? "}\n\n" : "}";
  return new Response(
    typeof result === "string" ? before + result + after : concat(before, result, after),
    { headers },
  );
}

const certificate = (name: string) =>
  Deno.readTextFileSync(new URL(`../../tests/support/certificates/${name}`, import.meta.url));
const listening = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
const server = Deno.serve(listening, answer);
const secure = Deno.serve({
  ...listening,
  cert: certificate("server.pem"),
  key: certificate("server.key"),
}, answer);
console.log(JSON.stringify({
  url: `http://127.0.0.1:${server.addr.port}`,
  secureUrl: `https://127.0.0.1:${secure.addr.port}`,
  token,
}));
// The parent holds the other end of stdin: when it is gone, so are we.
await Deno.stdin.readable.pipeTo(new WritableStream()).catch(() => {});
await Promise.race([
  Promise.all([server.shutdown(), secure.shutdown()]),
  new Promise((done) => setTimeout(done, 100)),
]);
Deno.exit(0);
