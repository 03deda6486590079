import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../../src/base/credential.ts";
import { createLog } from "../../../src/base/log.ts";
import { readPastedResponse } from "../../../src/oidc/flows/read_pasted_response.ts";

const pending: PendingAuthorization = {
  issuer: "https://auth.test",
  authorizationUrl: "https://auth.test/auth",
  redirectUrl: "http://localhost:8080/auth/callback",
  state: "the-state",
  nonce: "the-nonce",
  codeVerifier: "the-verifier",
  startedAt: 0,
  expiresAt: 1_000,
};

/** Reads from a person who types these lines and then goes away. */
async function read(lines: string[], stop = new AbortController(), stopsAfter = Infinity) {
  const said: string[] = [];
  const left = [...lines];
  let asked = 0;
  const response = await readPastedResponse({
    readLine: (signal) => {
      assert.equal(signal, stop.signal);
      if (++asked > stopsAfter) stop.abort();
      return Promise.resolve(left.shift());
    },
  }, {
    pending,
    issuer: "https://auth.test/",
    log: createLog({ level: "info", write: (line) => void said.push(line) }),
    signal: stop.signal,
  });
  return {
    response: response && [Object.fromEntries(response.parameters), response.isCode],
    said,
    left,
    asked,
  };
}

const question =
  /then paste here the whole URL that the browser ends at, even if it shows an error page, and press Enter$/m;
const again = /that is not the answer to this sign-in: paste the URL of the last page$/m;
const own = { code: "c", state: "the-state" };

Deno.test("the answer is found in what the person pastes", async () => {
  const rows: [pasted: string, parameters: Record<string, string>, isCode: boolean][] = [
    ["http://localhost:8080/auth/callback?code=c&state=the-state", own, false],
    ["  HTTPS://localhost/auth/callback?code=c&state=the-state#part ", own, false],
    ["localhost:8080/auth/callback?code=c&state=the-state", own, false],
    [
      "localhost:8080/auth/callback?state=the-state&code=c",
      { state: "the-state", code: "c" },
      false,
    ],
    ["code=c&state=the-state", own, false],
    ["CODE=c&state=the-state", { CODE: "c", state: "the-state" }, false],
    ["error=denied&state=the-state", { error: "denied", state: "the-state" }, false],
    ["?error=denied&state=the-state", { error: "denied", state: "the-state" }, false],
    ["code=c?d&state=the-state", { "d": "", state: "the-state" }, false],
    ["a-code-of-16-char", {
      code: "a-code-of-16-char",
      state: "the-state",
      iss: "https://auth.test/",
    }, true],
    ["a-code-with-http:-in-it", {
      code: "a-code-with-http:-in-it",
      state: "the-state",
      iss: "https://auth.test/",
    }, true],
    ["0123456789abcdef", {
      code: "0123456789abcdef",
      state: "the-state",
      iss: "https://auth.test/",
    }, true],
    ["!123456789abcde~", {
      code: "!123456789abcde~",
      state: "the-state",
      iss: "https://auth.test/",
    }, true],
  ];
  for (const [pasted, parameters, isCode] of rows) {
    const { response, said } = await read([pasted]);
    assert.deepEqual(response, [parameters, isCode], pasted);
    assert.equal(said.length, 1);
    assert.match(said[0], question);
  }
});

Deno.test("a signed response is known by the state in it", async () => {
  const jwt = (state: unknown) => `h.${btoa(JSON.stringify({ state }))}.s`;
  const { response } = await read([`response=${jwt("the-state")}`]);
  assert.deepEqual(response, [{ response: jwt("the-state") }, false]);
  assert.equal((await read([`response=${jwt("another")}`])).response, undefined);
});

Deno.test("whatever is no answer to this sign-in is asked for again", async () => {
  const wrong = [
    "http://localhost:8080/auth/callback?code=c&state=another-state",
    "http://localhost:8080/auth/callback?code=c",
    "code=a-code-of-many-characters",
    "https://auth.test/login",
    "0123456789abcde",
    "0123456789 abcdef",
    "0123456789äabcdef",
    "hello",
  ];
  for (const line of wrong) {
    const { response, said, left } = await read([line, "code=c&state=the-state"]);
    assert.deepEqual(response, [own, false], line);
    assert.deepEqual(left, []);
    assert.equal(said.length, 2);
    assert.match(said[1], again);
  }
});

Deno.test("an empty line is nothing, and the end of the lines is the end", async () => {
  const { response, said, asked } = await read(["", "  \t", "code=c&state=the-state"]);
  assert.deepEqual([response, said.length, asked], [[own, false], 1, 3]);
  assert.deepEqual(await read([]).then(({ response, asked }) => [response, asked]), [undefined, 1]);
});

Deno.test("what comes when the sign-in has ended is not looked at", async () => {
  const ended = new AbortController();
  ended.abort();
  const before = await read(["code=c&state=the-state"], ended);
  assert.deepEqual([before.response, before.asked], [undefined, 0]);
  const meanwhile = await read(["code=c&state=the-state"], new AbortController(), 0);
  assert.deepEqual([meanwhile.response, meanwhile.asked], [undefined, 1]);
});
