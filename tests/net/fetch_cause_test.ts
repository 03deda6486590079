import assert from "node:assert/strict";
import { fetchCause } from "../../src/net/fetch_cause.ts";

/** A port on which nobody listens. */
function closedPort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

async function causeOf(url: string): Promise<string> {
  try {
    await fetch(url);
  } catch (error) {
    return fetchCause(error);
  }
  throw new Error("the request did not fail");
}

Deno.test("the cause of a failed fetch is its innermost reason, once, without the URL", async () => {
  const refused = await causeOf(`http://127.0.0.1:${closedPort()}/secret?token=1`);
  assert.match(refused, /^tcp connect error: .*refused/i);
  assert.equal(refused.match(/refused/gi)?.length, 1, refused);
  assert(!refused.includes("secret"));
  assert.match(await causeOf("http://nobody.invalid/"), /^dns error: /);
});

Deno.test("pointers to documentation and repetitions are left out", () => {
  // As Deno 2.4 has it.
  const refused = "Connection refused (os error 111)";
  const doubled = `client error (Connect): tcp connect error: ${refused}: ${refused}`;
  assert.equal(fetchCause(new TypeError(doubled)), `tcp connect error: ${refused}`);
  const documented = "peer closed connection without sending TLS close_notify: " +
    "https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpected-eof";
  assert.equal(
    fetchCause(new TypeError("fetch failed", { cause: new Error(documented) })),
    "peer closed connection without sending TLS close_notify",
  );
});

Deno.test("the innermost reason is what is left of a text", () => {
  const rows: [unknown, string][] = [
    [new TypeError("client error (SendRequest): connection closed"), "connection closed"],
    [
      new TypeError(
        "error sending request for url (http://a.test/?secret): dns error: no such host",
      ),
      "dns error: no such host",
    ],
    [new TypeError("error sending request for url (http://a.test/)x"), "x"],
    [new TypeError("outer", { cause: new Error("inner") }), "inner"],
    [new TypeError("outer", { cause: "no error" }), "outer"],
    ["a text", "a text"],
    [
      new Error("a, see https://docs.rs/x, b https://docs.rs/y"),
      "a b",
    ],
    [new Error("a: abcd: abcd"), "a: abcd"],
    [new Error("a: abc: abc"), "a: abc: abc"],
    [new Error("a: abcd: abcd: more"), "a: abcd: abcd: more"],
    [
      new Error("x error sending request for url (http://a.test/): y"),
      "x error sending request for url (http://a.test/): y",
    ],
    [new Error("x".repeat(301)), `${"x".repeat(300)}…`],
  ];
  for (const [error, cause] of rows) assert.equal(fetchCause(error), cause);
});
