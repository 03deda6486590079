import assert from "node:assert/strict";
import { join } from "node:path";
import { createAssertionReader } from "../../src/app/workload_assertion.ts";
import { ProxyError } from "../../src/base/errors.ts";
import { redact } from "../../src/base/redactor.ts";
import type { Fetch } from "../../src/oidc/provider_fetch.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { recordLog } from "../support/recorded_log.ts";

interface Given {
  file?: string;
  variable?: string;
  audience?: string;
  env?: Record<string, string>;
  fetch?: Fetch;
  signal?: AbortSignal;
}

const unasked: Fetch = () => Promise.reject(new Error("nothing was to be asked"));
const issuer = "https://auth.company.com";

function read({ file, variable, audience, env = {}, fetch = unasked, signal }: Given) {
  const settings = {
    oidcAssertionFile: file,
    oidcAssertionEnv: variable,
    oidcAssertionAudience: audience,
  };
  const reader = createAssertionReader(settings, {
    fetch,
    getEnv: (name) => env[name],
    log: recordLog().log,
  });
  return reader({ audience: issuer, signal: signal ?? new AbortController().signal });
}

/** The error of reading, which is always one of the configuration. */
async function refusal(given: Given): Promise<{ what: string; fix: string; reason: string }> {
  try {
    await read(given);
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    assert.equal(error.category, "Configuration error");
    const { what, fix, reason } = error;
    return { what, fix, reason };
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

async function withFile(content: string, test: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "token");
    await Deno.writeTextFile(path, content);
    await test(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const unreadableFile = {
  fix: "set it to a file that this user can read and that the platform keeps a JWT in",
  reason: "assertion_unreadable",
};

Deno.test("a file's JWT is read anew each time, and is a secret", async () => {
  await withFile("  jwt-of-the-first-time\n", async (path) => {
    assert.deepEqual(await read({ file: path }), {
      token: "jwt-of-the-first-time",
      origin: `the file ${path}`,
    });
    assert.equal(redact("jwt-of-the-first-time"), "[redacted]");
    await Deno.writeTextFile(path, "the-next-one");
    assert.equal((await read({ file: path })).token, "the-next-one");
    await Deno.writeTextFile(path, "x".repeat(65_536));
    assert.equal((await read({ file: path })).token.length, 65_536);
    await Deno.writeTextFile(path, "x".repeat(65_537));
    assert.deepEqual(await refusal({ file: path }), {
      what: `cannot read the file of OIDC_ASSERTION_FILE: ${path} is longer than 65536 bytes`,
      ...unreadableFile,
    });
    await Deno.remove(path);
    const { what, ...rest } = await refusal({ file: path });
    assert.match(what, /^cannot read the file of OIDC_ASSERTION_FILE: No such file/);
    assert.deepEqual(rest, unreadableFile);
  });
});

Deno.test("whoever gave up hears of that, and not of the file", async () => {
  const reason = new Error("given up");
  await withFile("token", async (path) => {
    await assert.rejects(read({ file: path, signal: AbortSignal.abort(reason) }), reason);
  });
});

Deno.test("a file that does not come is waited for ten seconds", async () => {
  using time = new FakeTime();
  const { stat } = Deno;
  Deno.stat = () => new Promise(() => {});
  try {
    let reason: unknown;
    refusal({ file: "/on/a/network" }).then((error) => reason = error.reason);
    await time.pass(9_999);
    assert.equal(reason, undefined);
    await time.pass(1);
    assert.equal(reason, "assertion_unreadable");
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("a variable's JWT is what is in it", async () => {
  const origin = "the variable JWT";
  for (const [text, token] of [[" a-token-of-this-test\n", "a-token-of-this-test"]]) {
    assert.deepEqual(await read({ variable: "JWT", env: { JWT: text } }), { token, origin });
  }
  assert.equal(redact("a-token-of-this-test"), "[redacted]");
  const longest = "x".repeat(65_536);
  assert.equal((await read({ variable: "JWT", env: { JWT: longest } })).token, longest);
  const unreadable = (why: string) => ({
    what: `the variable JWT, which OIDC_ASSERTION_ENV names, ${why}`,
    fix: "set JWT to the JWT of this workload, or OIDC_ASSERTION_ENV to another variable",
    reason: "assertion_unreadable",
  });
  const nothing: Record<string, string>[] = [{}, { JWT: "" }, { JWT: " \n" }];
  for (const env of nothing) {
    assert.deepEqual(await refusal({ variable: "JWT", env }), unreadable("is not set"));
  }
  assert.deepEqual(
    await refusal({ variable: "JWT", env: { JWT: `${longest}x` } }),
    unreadable("is longer than 65536 characters"),
  );
});

Deno.test("two places for one JWT are one too many", () => {
  assert.throws(() => read({ file: "/token", variable: "JWT" }), {
    category: "Configuration error",
    what:
      "the JWT of this workload is said to be in two places, the file /token and the variable JWT",
    fix: "set one of OIDC_ASSERTION_FILE and OIDC_ASSERTION_ENV",
    reason: "assertion_missing",
  });
});

Deno.test("where nothing says where the JWT is, that is told", async () => {
  const request = {
    ACTIONS_ID_TOKEN_REQUEST_URL: "https://actions.test/token",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token-of-actions",
  };
  for (const name of [undefined, ...Object.keys(request)]) {
    const env: Record<string, string> = name === undefined ? {} : { ...request, [name]: "" };
    assert.deepEqual(await refusal({ env }), {
      what: "nothing says where the JWT of this workload is",
      fix:
        "set OIDC_ASSERTION_FILE to the file that the platform projects, or OIDC_ASSERTION_ENV " +
        "to the name of a variable; in GitHub Actions give the job the permission id-token: write",
      reason: "assertion_missing",
    });
  }
});

interface Answer {
  status?: number;
  body: string;
}

/** GitHub's endpoint as its runners have it, on loopback, with what it was asked. */
async function withActions(
  answer: Answer,
  test: (
    env: Record<string, string>,
    asked: { url: URL; headers: Headers }[],
    fetch: Fetch,
  ) => Promise<void>,
): Promise<void> {
  const asked: { url: URL; headers: Headers }[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push({ url: new URL(request.url), headers: request.headers });
    return new Response(answer.body, { status: answer.status ?? 200 });
  });
  try {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${server.addr.port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token-of-actions",
    };
    await test(env, asked, (url, init) => fetch(url, init));
  } finally {
    await server.shutdown();
  }
}

Deno.test("GitHub Actions is asked for a JWT of the audience that is set, else the provider's", async () => {
  const value = "jwt-of-github-actions";
  await withActions({ body: JSON.stringify({ value, count: 1 }) }, async (env, asked, fetch) => {
    for (const [audience, sent] of [[undefined, issuer], ["api://tools", "api://tools"]]) {
      assert.deepEqual(await read({ env, fetch, audience }), {
        token: value,
        origin: `GitHub Actions (audience ${sent})`,
      });
      const { url, headers } = asked.pop()!;
      assert.equal(url.pathname, "/token");
      assert.deepEqual(Object.fromEntries(url.searchParams), {
        "api-version": "2.0",
        audience: sent,
      });
      assert.equal(headers.get("authorization"), "Bearer request-token-of-actions");
      assert.equal(headers.get("accept"), "application/json");
    }
  });
  assert.equal(redact(value), "[redacted]");
});

Deno.test("a file and a variable come before GitHub Actions", async () => {
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: "https://actions.test/token",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token-of-actions",
    JWT: "jwt-of-the-variable",
  };
  assert.equal((await read({ env, variable: "JWT" })).token, "jwt-of-the-variable");
  await withFile("jwt-of-the-file", async (file) => {
    assert.equal((await read({ env, file })).token, "jwt-of-the-file");
  });
});

const noJwt = (what: string) => ({
  what: `GitHub Actions gave no JWT: ${what}`,
  fix: "give the job the permission id-token: write, or set OIDC_ASSERTION_FILE",
  reason: "assertion_unreadable",
});
const longest = JSON.stringify({ value: "x".repeat(65_536) });
const refusals: [what: string, answer: Answer][] = [
  ["answered 403", { status: 403, body: '{"value":"x"}' }],
  ...["no JSON", "null", "{}", '{"value":""}', '{"value":1}', longest.replace("x", "xx")].map(
    (body): [string, Answer] => ["answered without one", { body }],
  ),
];
for (const [what, answer] of refusals) {
  Deno.test(`GitHub Actions ${what}: ${answer.body.slice(0, 20)}`, async () => {
    await withActions(answer, async (env, _, fetch) => {
      const { origin } = new URL(env.ACTIONS_ID_TOKEN_REQUEST_URL);
      assert.deepEqual(await refusal({ env, fetch }), noJwt(`${origin} ${what}`));
    });
  });
}

Deno.test("the longest JWT of GitHub Actions is taken, and an address that is none refused", async () => {
  await withActions({ body: longest }, async (env, _, fetch) => {
    assert.equal((await read({ env, fetch })).token.length, 65_536);
    const broken = { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: "not a URL" };
    assert.deepEqual(
      await refusal({ env: broken }),
      noJwt("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL"),
    );
  });
});

Deno.test("what goes wrong on the way to GitHub Actions names its variable", async () => {
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: "https://actions.test/token",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token-of-actions",
  };
  const fetch: Fetch = () => Promise.resolve(Response.redirect("https://elsewhere.test/"));
  await assert.rejects(read({ env, fetch }), {
    fix: "point ACTIONS_ID_TOKEN_REQUEST_URL at the final address",
  });
});
