/**
 * What is done about a refused token: each decision with what it depends on, and what is asked on the
 * way to it, in its order, since each question costs somebody something.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createAuthorizer } from "../../src/app/credential_authorizer.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import type { OutgoingRequest } from "../../src/bridge/authorizer.ts";
import type { CredentialSource } from "../../src/credentials/credential_source.ts";
import { generateDpopKey } from "../../src/oidc/dpop/dpop_key.ts";
import type { StepUpRequest } from "../../src/oidc/step_up_request.ts";
import { flowError } from "../credentials/scripted_flows.ts";
import { recordLog } from "../support/recorded_log.ts";

const start = 1_800_000_000_000;
const hour = 3_600_000;
const minute = 60_000;

/** A token that was got an hour ago and lives for another one. */
const good: Credential = {
  issuer: "https://auth.test",
  clientId: "client",
  accessToken: "token-1",
  tokenType: "Bearer",
  refreshToken: "refresh-1",
  obtainedAt: start - hour,
  expiresAt: start + hour,
};

interface RefusalGiven {
  status?: 401 | 403;
  attempt?: number;
  /** Whether the session is lost; nobody can be asked when it is `null`. */
  isSessionLost?: boolean | null;
  headers?: Record<string, string>;
}

/** An authorizer among people who write down what they are asked. */
class Bench {
  time = start;
  credential: Credential;
  readonly events: string[] = [];
  /** What the backend wants besides a good token. */
  wanted: StepUpRequest | undefined;
  /** Why nobody signs in for that. */
  note: string | undefined;
  hasMoved = false;
  isRenewalPossible = true;
  readonly authorizer;

  constructor(credential: Partial<Credential> = {}, { unattended }: { unattended?: boolean } = {}) {
    this.credential = { ...good, ...credential };
    const source = {
      current: () => this.credential,
      renewed: (accessToken, { interactive, signal }) => {
        assert.ok(signal instanceof AbortSignal);
        this.events.push(`renew ${accessToken}${interactive ? " by a person" : ""}`);
        return this.isRenewalPossible
          ? Promise.resolve(this.credential)
          : Promise.reject(flowError({}));
      },
    } as Pick<CredentialSource, "current" | "renewed"> as CredentialSource;
    this.authorizer = createAuthorizer(source, {
      stepUp: {
        wantedBy: () => {
          this.events.push("wanted?");
          return Promise.resolve(this.wanted);
        },
        signIn: (_, { credential }) => {
          this.events.push(`sign in for more than ${credential.accessToken}`);
          return Promise.resolve(this.note);
        },
      },
      hasProviderChanged: ({ accessToken }) => {
        this.events.push(`moved from ${accessToken}?`);
        return Promise.resolve(this.hasMoved);
      },
      unattended,
      explain: (_, { credential, accepted, note }) => {
        const more = [accepted && `after ${accepted.accessToken}`, note].filter(Boolean);
        this.events.push(["explain", credential.accessToken, ...more].join(" "));
        return Promise.resolve(flowError({ reason: "explained" }));
      },
      log: recordLog().log,
      now: () => this.time,
    });
  }

  request(purpose: OutgoingRequest["purpose"] = "client"): OutgoingRequest {
    const url = new URL("https://mcp.test/mcp");
    return { method: "POST", url, purpose, signal: new AbortController().signal };
  }

  /** Sends a request that is refused; how that ends, and what was asked on the way. */
  async refused(
    { status = 401, attempt = 1, isSessionLost = false, headers = {} }: RefusalGiven = {},
    request = this.request(),
    fields = this.authorizer.authorize(request),
  ): Promise<string[]> {
    const refusal = {
      request,
      fields: await fields,
      status,
      attempt,
      headers: new Headers(headers),
      ...isSessionLost !== null && {
        isSessionLost: () => {
          this.events.push("session?");
          return Promise.resolve(isSessionLost);
        },
      },
    };
    const outcome = await this.authorizer.refused(refusal).then(
      (answer) => answer ?? "again",
      (error: ProxyError) => error.reason,
    );
    return [...this.events.splice(0), outcome];
  }

  /** Has a request answered with anything but a refusal. */
  async answered(headers: Record<string, string> = {}): Promise<void> {
    const request = this.request();
    await this.authorizer.authorize(request);
    this.authorizer.answered!(request, new Headers(headers));
  }

  /** A refusal that a new token did not change. */
  async inVain(): Promise<void> {
    await this.refused({ attempt: 2 });
  }
}

const renewed = ["wanted?", "moved from token-1?", "renew token-1 by a person", "again"];
const blamed = ["wanted?", "session?", "moved from token-1?", "explain token-1", "explained"];
const lost = ["wanted?", "session?", "answer"];

Deno.test("a refused token is renewed, and after that explained", async () => {
  const bench = new Bench();
  assert.deepEqual(await bench.refused(), renewed);
  assert.deepEqual(await bench.refused({ attempt: 2 }), [
    "wanted?",
    "session?",
    "explain token-1",
    "explained",
  ]);
  assert.deepEqual(await bench.refused({ attempt: 2, isSessionLost: true }), lost);
  assert.deepEqual(await bench.refused({ attempt: 2, isSessionLost: null }), [
    "wanted?",
    "explain token-1",
    "explained",
  ]);
});

Deno.test("what nobody authorized is a fault of the program", async () => {
  const { authorizer, request } = new Bench();
  const refusal = { fields: {}, status: 401 as const, headers: new Headers(), attempt: 1 };
  await assert.rejects(authorizer.refused({ ...refusal, request: request() }), {
    category: "Internal error",
    what: "https://mcp.test refused a request that nobody authorized",
    fix: "run again with --debug and report what it prints",
    reason: "internal",
  });
  assert.equal(await authorizer.forbidden!({ ...refusal, request: request() }), false);
});

const runOut: [expiresAt: number | undefined, hasRunOut: boolean][] = [
  [start + 1_001, false],
  [start + 1_000, true],
  [start - hour, true],
  [undefined, false],
];
for (const [expiresAt, hasRunOut] of runOut) {
  Deno.test(`a token that ends ${expiresAt && expiresAt - start} ms later is renewed once more: ${hasRunOut}`, async () => {
    const outcome = async (attempt: number, fields: Partial<Credential> = {}) =>
      (await new Bench({ expiresAt, ...fields }).refused({ attempt })).at(-1);
    const again = hasRunOut ? "again" : "explained";
    assert.deepEqual([await outcome(2), await outcome(3), await outcome(4)], [
      again,
      again,
      "explained",
    ]);
    assert.equal(await outcome(2, { refreshToken: undefined }), "explained");
  });
}

for (const [difference, outcome] of [[-1, "again"], [0, "explained"], [1, "explained"]] as const) {
  Deno.test(`a token that came ${difference} ms after the first refusal: ${outcome}`, async () => {
    const bench = new Bench();
    const request = bench.request();
    await bench.refused({}, request);
    bench.time += 5_000;
    bench.credential = { ...good, accessToken: "token-2", obtainedAt: start + difference };
    for (const attempt of [2, 3]) {
      assert.equal((await bench.refused({ attempt }, request)).at(-1), outcome);
    }
    assert.equal((await bench.refused({ attempt: 4 }, request)).at(-1), "explained");
    bench.credential = { ...bench.credential, accessToken: "token-3", refreshToken: undefined };
    assert.equal((await bench.refused({ attempt: 2 }, request)).at(-1), "explained");
    // Of another message nothing is known.
    bench.credential = { ...good, accessToken: "token-4", obtainedAt: start - 1 };
    assert.equal((await bench.refused({ attempt: 2 })).at(-1), "explained");
  });
}

Deno.test("nobody renews in vain within ten minutes, unless the provider has changed", async () => {
  const bench = new Bench();
  await bench.inVain();
  bench.time += 10 * minute - 1;
  bench.credential = { ...bench.credential, obtainedAt: bench.time - hour };
  assert.deepEqual(await bench.refused(), blamed);
  assert.deepEqual(await bench.refused({ isSessionLost: true }), lost);
  bench.hasMoved = true;
  assert.deepEqual(await bench.refused(), [
    "wanted?",
    "session?",
    "moved from token-1?",
    "renew token-1 by a person",
    "again",
  ]);
  bench.hasMoved = false;
  bench.time += 1;
  assert.deepEqual(await bench.refused(), renewed);
});

Deno.test("a token that has run out is renewed whatever was in vain", async () => {
  const bench = new Bench({ expiresAt: start });
  assert.equal((await bench.refused({ attempt: 4 })).at(-1), "explained");
  assert.deepEqual(await bench.refused(), renewed);
});

const afterAll = ["wanted?", "moved from token-1?", "renew token-1 by a person", "again"];
const accepted: [
  age: number,
  refreshToken: string | undefined,
  wasInVain: boolean,
  in_vain: boolean,
][] = [
  [minute, "refresh-1", true, false],
  [minute - 1, "refresh-1", true, true],
  [0, "refresh-1", true, true],
  [-1, "refresh-1", true, false],
  [0, "refresh-1", false, false],
  [hour, undefined, true, true],
];
for (const [age, refreshToken, wasInVain, isInVain] of accepted) {
  Deno.test(`an accepted token of ${age} ms ${refreshToken ?? "without refresh token"} is blamed: ${isInVain}`, async () => {
    const bench = new Bench({ refreshToken, obtainedAt: start - age });
    await bench.answered();
    if (wasInVain) await bench.inVain();
    const events = await bench.refused();
    if (!isInVain) return assert.deepEqual(events, afterAll);
    assert.deepEqual(events, [
      "wanted?",
      "session?",
      "moved from token-1?",
      "explain token-1 after token-1",
      "explained",
    ]);
  });
}

Deno.test("an accepted token that takes a person is asked for anew, after the session", async () => {
  const bench = new Bench({ refreshToken: undefined });
  await bench.answered();
  assert.deepEqual(await bench.refused(), [
    "wanted?",
    "session?",
    "moved from token-1?",
    "renew token-1 by a person",
    "again",
  ]);
});

const neverAccepted: [age: number, fields: Partial<Credential>, isInVain: boolean][] = [
  [minute - 1, { refreshToken: undefined }, true],
  [0, { refreshToken: undefined }, true],
  [minute, { refreshToken: undefined }, false],
  [-1, { refreshToken: undefined }, false],
  [0, {}, false],
];
for (const [age, fields, isInVain] of neverAccepted) {
  Deno.test(`a token of ${age} ms that was never accepted, ${JSON.stringify(fields)}, is blamed: ${isInVain}`, async () => {
    const bench = new Bench({ ...fields, obtainedAt: start - age });
    assert.equal((await bench.refused()).at(-1), isInVain ? "explained" : "again");
  });
}

Deno.test("what comes without a person needs no refresh token", async () => {
  const bench = new Bench({ refreshToken: undefined, obtainedAt: start }, { unattended: true });
  assert.deepEqual(await bench.refused(), renewed);
  const person = new Bench({ refreshToken: undefined, obtainedAt: start });
  assert.deepEqual(await person.refused(), blamed);
});

Deno.test("what the client did not ask for renews every ten minutes, and asks no person", async () => {
  const bench = new Bench();
  const background = () => bench.refused({}, bench.request("background"));
  const quiet = ["wanted?", "moved from token-1?", "renew token-1", "again"];
  assert.deepEqual(await background(), quiet);
  bench.time += 10 * minute - 1;
  assert.deepEqual(await background(), [
    "wanted?",
    "moved from token-1?",
    "explain token-1",
    "explained",
  ]);
  assert.deepEqual(await bench.refused(), renewed, "the client's own requests are not held up");
  assert.deepEqual(await bench.refused({}, bench.request("unasked")), quiet);
  bench.time += 1;
  assert.deepEqual(await background(), quiet);
});

Deno.test("where it would take a person, the background has nobody renew anything", async () => {
  const bench = new Bench({ refreshToken: undefined });
  const request = bench.request("background");
  assert.deepEqual(await bench.refused({}, request), [
    "wanted?",
    "session?",
    "explain token-1",
    "explained",
  ]);
  assert.deepEqual(await bench.refused({ isSessionLost: true }, request), lost);
  // A newer token is there already.
  const fields = bench.authorizer.authorize(request);
  bench.credential = { ...bench.credential, accessToken: "token-2" };
  await bench.authorizer.authorize(bench.request());
  assert.deepEqual(await bench.refused({}, request, fields), [
    "wanted?",
    "moved from token-1?",
    "renew token-1",
    "again",
  ]);
});

Deno.test("a token that is not the latest gets no blame", async () => {
  const bench = new Bench({ refreshToken: undefined, obtainedAt: start });
  await bench.inVain();
  const fields = bench.authorizer.authorize(bench.request());
  bench.credential = { ...bench.credential, accessToken: "token-2" };
  await bench.authorizer.authorize(bench.request());
  assert.deepEqual(await bench.refused({}, bench.request(), fields), renewed);
});

const tools = { scopes: ["tools"] };
const again = { scopes: [], maxAge: 60 };
const signIn = "sign in for more than token-1";
const stepUps: [
  name: string,
  given: RefusalGiven & { wanted?: StepUpRequest; note?: string; refreshToken?: string | null },
  events: string[],
][] = [
  ["a scope by 401 is first taken for something that a refresh mends", { wanted: tools }, renewed],
  ["a scope by 401 after that", { wanted: tools, attempt: 2 }, [
    "wanted?",
    "session?",
    signIn,
    "again",
  ]],
  ["a scope by 401 when a refresh is not possible", { wanted: tools, refreshToken: null }, [
    "wanted?",
    "session?",
    signIn,
    "again",
  ]],
  ["a scope by 401 with a session that is lost", {
    wanted: tools,
    attempt: 2,
    isSessionLost: true,
  }, lost],
  ["a scope by 401 for which nobody signs in", { wanted: tools, attempt: 2, note: "no" }, [
    "wanted?",
    "session?",
    signIn,
    "session?",
    "explain token-1 no",
    "explained",
  ]],
  ["a scope by 401 for which nobody signs in the first time", {
    wanted: tools,
    refreshToken: null,
    note: "no",
  }, [
    "wanted?",
    "session?",
    signIn,
    "session?",
    "moved from token-1?",
    "renew token-1 by a person",
    "again",
  ]],
  ["a scope by 403", { wanted: tools, status: 403, isSessionLost: true }, [
    "wanted?",
    signIn,
    "again",
  ]],
  ["a scope by 403 for which nobody signs in", { wanted: tools, status: 403, note: "no" }, [
    "wanted?",
    signIn,
    "explain token-1 no",
    "explained",
  ]],
  ["another sign-in by 401", { wanted: again }, ["wanted?", "session?", signIn, "again"]],
  ["another sign-in by 401 that nobody makes", { wanted: again, note: "no" }, [
    "wanted?",
    "session?",
    signIn,
    "explain token-1 no",
    "explained",
  ]],
  ["nothing by 403", { status: 403 }, ["wanted?", "session?", "explain token-1", "explained"]],
  ["nothing by 403 with a session that is lost", { status: 403, isSessionLost: true }, lost],
];
for (const [name, { wanted, note, refreshToken, ...given }, events] of stepUps) {
  Deno.test(`the backend wants more than a good token: ${name}`, async () => {
    const bench = new Bench(refreshToken === null ? { refreshToken: undefined } : {});
    Object.assign(bench, { wanted, note });
    assert.deepEqual(await bench.refused(given), events);
  });
}

Deno.test("where a newer token is there, it is tried before anybody signs in for more", async () => {
  const bench = new Bench();
  bench.wanted = tools;
  const fields = bench.authorizer.authorize(bench.request());
  bench.credential = { ...bench.credential, accessToken: "token-2" };
  await bench.authorizer.authorize(bench.request());
  const given = { status: 403 } as const;
  assert.deepEqual(await bench.refused(given, bench.request(), fields), ["wanted?", "again"]);
  assert.deepEqual(await bench.refused({ ...given, attempt: 2 }, bench.request(), fields), [
    "wanted?",
    signIn,
    "again",
  ]);
});

interface Forbidden {
  fields?: Partial<Credential>;
  attempt?: number;
  isAccepted?: boolean;
  isRenewalPossible?: boolean;
}
const unknownEnd = { expiresAt: undefined };
const forbidden: [name: string, given: Forbidden, isRenewed: boolean][] = [
  ["the end is not known", { fields: unknownEnd }, true],
  ["it may have ended", { fields: { expiresAt: start + 1_000 } }, true],
  ["it has not ended", { fields: { expiresAt: start + 1_001 } }, false],
  ["it is new", { fields: { ...unknownEnd, obtainedAt: start - minute + 1 } }, false],
  ["it is a minute old", { fields: { ...unknownEnd, obtainedAt: start - minute } }, true],
  [
    "it is new and was good",
    { fields: { ...unknownEnd, obtainedAt: start }, isAccepted: true },
    true,
  ],
  ["it was renewed for that", { fields: unknownEnd, attempt: 2 }, false],
  ["it cannot be renewed", { fields: { ...unknownEnd, refreshToken: undefined } }, false],
  ["the renewal fails", { fields: unknownEnd, isRenewalPossible: false }, false],
];
for (const [name, { fields, attempt = 1, isAccepted, isRenewalPossible }, isRenewed] of forbidden) {
  Deno.test(`a plain 403 has a token renewed by nobody: ${name}`, async () => {
    const bench = new Bench(fields);
    if (isAccepted) await bench.answered();
    bench.isRenewalPossible = isRenewalPossible ?? true;
    const request = bench.request();
    const refusal = {
      request,
      fields: await bench.authorizer.authorize(request),
      status: 403 as const,
      headers: new Headers(),
      attempt,
    };
    assert.equal(await bench.authorizer.forbidden!(refusal), isRenewed);
    const isTried = isRenewed || isRenewalPossible === false;
    assert.deepEqual(bench.events, isTried ? ["renew token-1"] : []);
  });
}

Deno.test("a 403 that a new token did not change is about something else for ten minutes", async () => {
  const bench = new Bench(unknownEnd);
  const ask = async (attempt: number) => {
    const request = bench.request();
    const fields = await bench.authorizer.authorize(request);
    const headers = new Headers();
    return await bench.authorizer.forbidden!({ request, fields, status: 403, headers, attempt });
  };
  assert.equal(await ask(2), false);
  bench.time += 10 * minute - 1;
  assert.equal(await ask(1), false);
  bench.time += 1;
  assert.equal(await ask(1), true);
});

Deno.test("the fields of a token stay the same object, and a person is asked for the client alone", async () => {
  const asked: { interactive: boolean }[] = [];
  const source = {
    current(request) {
      asked.push({ interactive: request.interactive });
      return asked.length > 3 ? Promise.resolve(good) : good;
    },
  } as Pick<CredentialSource, "current"> as CredentialSource;
  const { authorizer } = new Bench();
  const own = createAuthorizer(source, {
    stepUp: { wantedBy: () => Promise.resolve(undefined), signIn: () => Promise.resolve("") },
    hasProviderChanged: () => Promise.resolve(false),
    explain: () => Promise.resolve(flowError({})),
    log: recordLog().log,
  });
  const { request } = new Bench();
  const purposes = ["client", "unasked", "background"] as const;
  const fields = purposes.map((purpose) => own.authorize(request(purpose)));
  assert.deepEqual(fields[0], { authorization: "Bearer token-1" });
  assert.ok(fields.every((each) => each === fields[0]));
  assert.equal(await own.authorize(request()), fields[0]);
  assert.deepEqual(asked.map(({ interactive }) => interactive), [true, false, false, true]);
  assert.deepEqual(authorizer.authorize(request()), { authorization: "Bearer token-1" });
});

/** What a proof says (RFC 9449 section 4.2). */
function proofOf({ dpop }: Readonly<Record<string, string>>): Record<string, unknown> {
  const bytes = atob(dpop.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(bytes);
}

Deno.test("a token that is bound to a key is shown with a proof, by the nonce that was last given", async () => {
  const dpopKey = await generateDpopKey();
  const bench = new Bench({ tokenType: "DPoP", dpopKey });
  const request = bench.request();
  const fields = await bench.authorizer.authorize(request);
  assert.equal(fields.authorization, "DPoP token-1");
  const { htm, htu, nonce } = proofOf(fields);
  assert.deepEqual([htm, htu, nonce], ["POST", "https://mcp.test/mcp", undefined]);

  const headers = { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n-1" };
  for (const attempt of [1, 2]) {
    assert.deepEqual(await bench.refused({ headers, attempt }, request, fields), ["again"]);
  }
  assert.equal(proofOf(await bench.authorizer.authorize(request)).nonce, "n-1");
  assert.deepEqual(await bench.refused({ headers, attempt: 3 }, request), [
    "wanted?",
    "session?",
    "explain token-1",
    "explained",
  ]);
  assert.equal((await bench.refused({ attempt: 2 }, request)).at(-1), "explained");
  await bench.answered({ "dpop-nonce": "n-2" });
  await Promise.resolve();
  assert.equal(proofOf(await bench.authorizer.authorize(request)).nonce, "n-2");

  const other = await generateDpopKey();
  bench.credential = { ...bench.credential, dpopKey: other, accessToken: "token-2" };
  const jwk = JSON.parse(atob((await bench.authorizer.authorize(request)).dpop.split(".")[0])).jwk;
  assert.equal(jwk.x, other.x);
});

Deno.test("a bound token is renewed one attempt later, since its nonce may have to be fetched first", async () => {
  const bench = new Bench({ tokenType: "DPoP", dpopKey: await generateDpopKey() });
  for (const attempt of [1, 2]) {
    assert.equal((await bench.refused({ attempt })).at(-1), "again");
  }
  assert.equal((await bench.refused({ attempt: 3 })).at(-1), "explained");
});
