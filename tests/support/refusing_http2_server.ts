import { certificateFile } from "./https_server.ts";

/**
 * How a server lets a request go: the first two say that it has not looked at it (RFC 9113 section
 * 8.7), NO_ERROR is what it resets a stream with on which it has no more to say.
 */
export type Http2Refusal = "GOAWAY" | "REFUSED_STREAM" | "NO_ERROR" | "none";

/**
 * An HTTP/2 server on a free port that lets requests go in the ways it is given, one after the other,
 * and breaks off at the next. Real servers do that when they are told to end, or after so many
 * requests, at a moment that nobody can choose.
 */
export function startRefusingHttp2Server(
  refusals: readonly Http2Refusal[],
): AsyncDisposable & { readonly url: URL; readonly requests: number } {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(certificateFile("server.pem")),
    key: Deno.readTextFileSync(certificateFile("server.key")),
    alpnProtocols: ["h2"],
  });
  let requests = 0;

  async function serve(connection: Deno.TlsConn) {
    using _connection = connection;
    await readExactly(connection, preface.length);
    await connection.write(frame(FrameType.settings, { stream: 0 }));
    for (;;) {
      const { type, stream } = await readFrame(connection);
      if (type !== FrameType.headers) continue;
      const refusal = refusals[requests++] ?? "none";
      if (refusal === "none") return;
      await connection.write(
        refusal === "GOAWAY"
          // No stream was processed, and there was no error.
          ? frame(FrameType.goAway, { stream: 0, payload: [0, 0, 0, 0, 0, 0, 0, 0] })
          : frame(FrameType.resetStream, {
            stream,
            payload: [0, 0, 0, refusal === "NO_ERROR" ? noError : refusedStream],
          }),
      );
    }
  }

  const serving = (async () => {
    const connections: Promise<void>[] = [];
    for await (const connection of listener) {
      connections.push(serve(connection as Deno.TlsConn).catch(() => {}));
    }
    await Promise.all(connections);
  })();
  return {
    url: new URL(`https://localhost:${(listener.addr as Deno.NetAddr).port}/`),
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FrameType = { headers: 1, resetStream: 3, settings: 4, goAway: 7 } as const;
const noError = 0;
const refusedStream = 7;

/** One frame without flags (RFC 9113 section 4.1). */
function frame(
  type: number,
  { stream, payload = [] }: { stream: number; payload?: readonly number[] },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(9 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(1, payload.length);
  view.setUint8(3, type);
  view.setUint32(5, stream);
  bytes.set(payload, 9);
  return bytes;
}

async function readFrame(connection: Deno.Conn): Promise<{ type: number; stream: number }> {
  const header = await readExactly(connection, 9);
  const view = new DataView(header.buffer);
  await readExactly(connection, (view.getUint8(0) << 16) + view.getUint16(1));
  return { type: view.getUint8(3), stream: view.getUint32(5) };
}

async function readExactly(connection: Deno.Conn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = await connection.read(bytes.subarray(read));
    if (count === null) throw new Error("the connection has ended");
    read += count;
  }
  return bytes;
}
