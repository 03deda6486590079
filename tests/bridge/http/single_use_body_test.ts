import assert from "node:assert/strict";
import { SingleUseBody } from "../../../src/bridge/http/single_use_body.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

Deno.test("a body arrives byte for byte, with its length", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const field = (name: string) => request.headers.get(name);
      return Response.json({
        length: field("content-length"),
        chunked: field("transfer-encoding"),
        type: field("content-type"),
        body: [...await request.bytes()].join(),
      });
    },
  );
  try {
    const bodies = [
      encoder.encode('{"text":"Grüße"}'),
      encoder.encode("x{}x").subarray(1, 3),
      crypto.getRandomValues(new Uint8Array(60_000)),
    ];
    for (const bytes of bodies) {
      const response = await fetch(`http://127.0.0.1:${server.addr.port}/`, {
        method: "POST",
        body: new SingleUseBody(bytes),
      });
      assert.deepEqual(await response.json(), {
        length: `${bytes.length}`,
        chunked: null,
        type: null,
        body: [...bytes].join(),
      });
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("a body is not sent again when the server closes a connection it has answered on", async () => {
  await using server = startClosingServer();
  const post = async (text: string) => {
    const response = await fetch(server.url, {
      method: "POST",
      body: new SingleUseBody(encoder.encode(text)),
    });
    return await response.text();
  };
  assert.equal(await post("first"), "ok");
  await assert.rejects(post("second"), TypeError);
  assert.deepEqual(server.bodies, ["first", "second"]);
  assert.equal(server.connections, 1, "the second request came on the connection of the first");
});

/** Answers the first request of a connection, and closes it when it has read the second. */
function startClosingServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bodies: string[] = [];
  let connections = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      connections++;
      using _connection = connection;
      for (let answered = 0; answered < 2; answered++) {
        bodies.push(await readRequestBody(connection));
        if (answered > 0) break;
        const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        await connection.write(encoder.encode(answer));
      }
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    bodies,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}

async function readRequestBody(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  for (;;) {
    const [head, body] = text.split("\r\n\r\n");
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
    if (body !== undefined && body.length === length) return body;
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`the request broke off: ${text}`);
    text += decoder.decode(buffer.subarray(0, count));
  }
}
