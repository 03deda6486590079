/**
 * The limits of signing in for more, with a source that only counts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createStepUp, describeStepUp } from "../../src/app/step_up.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { ProxyErrorDetails } from "../../src/base/errors.ts";
import type { OutgoingRequest, Refusal } from "../../src/bridge/authorizer.ts";
import type { CredentialSource } from "../../src/credentials/credential_source.ts";
import type { StepUpRequest } from "../../src/oidc/step_up_request.ts";
import { flowError } from "../credentials/scripted_flows.ts";
import { recordLog } from "../support/recorded_log.ts";

const start = 1_800_000_000_000;
const held: Credential = {
  issuer: "https://auth.test",
  clientId: "client",
  accessToken: "token-1",
  tokenType: "Bearer",
  obtainedAt: start,
  scope: "openid  email",
};

/** A source whose sign-ins end as a test says, and what they are asked for. */
class Bench {
  time = start;
  /** What sign-ins are set to ask for, each time that is set. */
  readonly asked: StepUpRequest[] = [];
  readonly recorded = recordLog();
  signIns = 0;
  /** How the next sign-in ends; with all that was asked for unless told otherwise. */
  next: () => Promise<Partial<Credential>> = () => Promise.resolve({});
  latest: Credential = held;
  readonly stepUp;

  constructor() {
    const source = {
      signIn: async ({ force, byHand, signal }) => {
        assert.deepEqual([force, byHand, signal.aborted], [true, false, false]);
        this.signIns++;
        const fields = await this.next();
        const scope = this.asked.at(-1)!.scopes.join(" ");
        return this.latest = {
          ...held,
          accessToken: `token-${this.signIns + 1}`,
          scope,
          ...fields,
        };
      },
      current: ({ interactive }) => {
        assert.equal(interactive, false);
        return this.latest;
      },
    } as Pick<CredentialSource, "signIn" | "current"> as CredentialSource;
    this.stepUp = createStepUp({
      source,
      setStepUp: (stepUp) => Promise.resolve(void this.asked.push(stepUp)),
      readMetadata: () => Promise.resolve(undefined),
      log: this.recorded.log,
      now: () => this.time,
    });
  }

  /** Signs in for this, unless something is in the way; what that is. */
  async ask(wanted: StepUpRequest, request: Partial<OutgoingRequest> = {}, credential = held) {
    return await this.stepUp.signIn(wanted, { refusal: refusalOf(request), credential });
  }
}

function refusalOf(request: Partial<OutgoingRequest> = {}): Refusal {
  return {
    request: {
      method: "POST",
      url: new URL("https://mcp.test/mcp"),
      purpose: "client",
      signal: new AbortController().signal,
      ...request,
    },
    fields: {},
    status: 403,
    headers: new Headers(),
    attempt: 1,
  };
}

const scope = (...scopes: string[]): StepUpRequest => ({ scopes });

Deno.test("what is wanted is told in words", () => {
  assert.equal(describeStepUp(scope("a", "b")), "the scope a b");
  assert.equal(describeStepUp({ scopes: [], acrValues: "2 3" }), "a sign-in of acr 2 3");
  assert.equal(
    describeStepUp({ scopes: ["a"], acrValues: "2", maxAge: 0 }),
    "the scope a and a sign-in of acr 2 and a sign-in not older than 0 s",
  );
});

Deno.test("a sign-in asks for what is held, what was asked for before and what is wanted, each once", async () => {
  const bench = new Bench();
  assert.equal(await bench.ask(scope("tools", "email")), undefined);
  assert.deepEqual(bench.asked, [
    scope("openid", "email", "tools"),
    scope("openid", "email", "tools"),
  ]);
  assert.deepEqual(bench.recorded.lines, [
    "[info] the backend wants the scope tools email: signing in again for it",
  ]);
  await bench.ask({ scopes: ["more"], acrValues: "2", maxAge: 60 }, {}, {
    ...held,
    scope: undefined,
  });
  assert.deepEqual(bench.asked.slice(2), [
    { scopes: ["openid", "email", "tools", "more"], acrValues: "2", maxAge: 60 },
    { scopes: ["openid", "email", "tools", "more"], acrValues: "2" },
  ]);
});

Deno.test("three sign-ins are begun in ten minutes, and a clock that was set back holds none back", async () => {
  const bench = new Bench();
  for (const name of ["a", "b", "c"]) {
    assert.equal(await bench.ask(scope(name)), undefined);
    bench.time += 60_000;
  }
  const tooMany = (minutes: number) =>
    `3 sign-ins for more were begun in ten minutes, the next may be in ${minutes} min`;
  assert.equal(await bench.ask(scope("d")), tooMany(7));
  bench.time = start + 599_999;
  assert.equal(await bench.ask(scope("d")), tooMany(1));
  bench.time = start + 600_000;
  assert.equal(await bench.ask(scope("d")), undefined);
  assert.equal(await bench.ask(scope("e")), tooMany(1));
  bench.time = start - 1;
  assert.equal(await bench.ask(scope("e")), undefined);
  assert.equal(bench.signIns, 5);
});

Deno.test("one message costs one sign-in, and what the bridge does by itself none", async () => {
  const bench = new Bench();
  const { signal } = new AbortController();
  await bench.ask(scope("a"), { signal });
  assert.equal(await bench.ask(scope("b"), { signal }), "signing in for it did not help");
  for (const purpose of ["background", "unasked"] as const) {
    assert.equal(
      await bench.ask(scope("c"), { purpose }),
      "nobody is asked for what the bridge does by itself",
    );
  }
  assert.equal(bench.signIns, 1);
  assert.equal(await bench.ask(scope("b")), undefined, "another message may");
});

Deno.test("the age of a sign-in that could not be had is not asked for again, another one may be", async () => {
  const bench = new Bench();
  bench.next = () => Promise.reject(flowError({ reason: "access_denied", what: "it failed" }));
  await assert.rejects(bench.ask({ scopes: [], maxAge: 5 }), { reason: "access_denied" });
  bench.next = () => Promise.resolve({});
  assert.equal(
    await bench.ask({ scopes: [], maxAge: 5 }),
    "a sign-in for it is not tried again, because the last one failed: it failed",
  );
  assert.equal(await bench.ask({ scopes: [], maxAge: 6 }), undefined);
});

Deno.test("what the provider did not grant is not asked for again, nor by the sign-ins that follow", async () => {
  const bench = new Bench();
  bench.next = () => Promise.resolve({ scope: "openid granted" });
  assert.equal(await bench.ask(scope("granted", "denied")), undefined);
  assert.deepEqual(bench.asked.at(-1), scope("openid", "email", "granted"));
  assert.equal(
    await bench.ask(scope("other", "denied")),
    "a sign-in for it is not tried again, because the provider did not grant it",
  );
  assert.equal(
    await bench.ask(scope("granted")),
    undefined,
    "what was granted may be wanted again",
  );
});

Deno.test("a provider that does not say what it granted has granted it", async () => {
  const bench = new Bench();
  bench.next = () => Promise.resolve({ scope: undefined });
  await bench.ask(scope("tools"));
  assert.deepEqual(bench.asked.at(-1), scope("openid", "email", "tools"));
  assert.equal(await bench.ask(scope("tools")), undefined);
});

Deno.test("another way of signing in that did not help is not asked for again", async () => {
  const bench = new Bench();
  const { signal } = new AbortController();
  const wanted = { scopes: [], acrValues: "2" };
  assert.equal(await bench.ask(wanted, { signal }), undefined);
  assert.deepEqual(bench.asked.at(-1), { scopes: ["openid", "email"], acrValues: "2" });
  assert.equal(await bench.ask(wanted, { signal }), "signing in for it did not help");
  assert.deepEqual(bench.asked.at(-1), { scopes: ["openid", "email"] });
  const again = "a sign-in for it is not tried again, because it did not help";
  assert.equal(await bench.ask(wanted), again);
  assert.equal(await bench.ask({ scopes: [], acrValues: "3" }), undefined, "another one may");
  assert.equal(await bench.ask({ scopes: [], acrValues: "2", maxAge: 5 }), undefined);
});

const failures: [details: Partial<ProxyErrorDetails>, isRemembered: boolean, counts: boolean][] = [
  [{ reason: "access_denied" }, true, true],
  [{ reason: "server_error", transient: true }, false, true],
  [{ reason: "sign_in_paused" }, false, false],
  [{ reason: "redirect_port_taken" }, false, true],
  [{ reason: "browser_failed" }, false, true],
  [{ reason: "other_account" }, false, true],
  [{ reason: "closing" }, false, true],
];
for (const [details, isRemembered, counts] of failures) {
  Deno.test(`a sign-in for more that fails with ${JSON.stringify(details)}: is it remembered? ${isRemembered}`, async () => {
    const bench = new Bench();
    const error = flowError({ what: "it failed", fix: "do that", retryAfter: 7_000, ...details });
    bench.next = () => Promise.reject(error);
    await assert.rejects(bench.ask(scope("tools")), {
      category: "Authentication error",
      what: "https://mcp.test wants the scope tools for this request, and signing in for it " +
        "failed: it failed",
      fix: isRemembered
        ? "ask the provider's administrator to allow this client and you that scope, then restart " +
          "the client"
        : "do that",
      reason: details.reason,
      transient: details.transient ?? false,
      retryAfter: 7_000,
    });
    assert.deepEqual(bench.asked.at(-1), scope(), "the sign-ins that follow ask as before");
    bench.next = () => Promise.resolve({});
    const again = isRemembered
      ? "a sign-in for it is not tried again, because the last one failed: it failed"
      : undefined;
    assert.equal(await bench.ask(scope("tools")), again);
    for (const name of ["a", "b"]) {
      const why = await bench.ask(scope(name));
      const isThird = name === "b" && counts && !isRemembered;
      assert.equal(why?.startsWith("3 sign-ins") ?? false, isThird, why);
    }
  });
}

Deno.test("where another way of signing in fails, its administrator is named", async () => {
  const bench = new Bench();
  bench.next = () => Promise.reject(flowError({ reason: "access_denied" }));
  await assert.rejects(bench.ask({ scopes: [], acrValues: "2" }), {
    what: /wants a sign-in of acr 2 for this request/,
    fix: "ask the provider's administrator for that way of signing in, then restart the client",
  });
});

Deno.test("whoever gave up hears of that, and the person signs in all the same", async () => {
  const bench = new Bench();
  const signedIn = Promise.withResolvers<Partial<Credential>>();
  bench.next = () => signedIn.promise;
  const controller = new AbortController();
  const reason = new Error("given up");
  const asking = bench.ask(scope("tools"), { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(asking, reason);
  signedIn.resolve({});
  // The next one waits for it, and takes what came of it.
  assert.equal(await bench.ask(scope("tools")), undefined);
  assert.equal(bench.signIns, 1);
});

Deno.test("a sign-in that is under way is waited for; one that brought nothing new is followed by another", async () => {
  const bench = new Bench();
  const first = Promise.withResolvers<Partial<Credential>>();
  bench.next = () => first.promise;
  const asking = bench.ask(scope("a"));
  await Promise.resolve();
  bench.next = () => Promise.resolve({});
  const waiting = bench.ask(scope("b"));
  const background = bench.ask(scope("b"), { purpose: "background" });
  assert.equal(await background, "nobody is asked for what the bridge does by itself");
  first.resolve({ accessToken: "token-1" });
  assert.deepEqual([await asking, await waiting, bench.signIns], [undefined, undefined, 2]);
});

Deno.test("what a refusal wants is found out by its challenge and by what the token has", async () => {
  const { stepUp } = new Bench();
  const refusal = refusalOf();
  refusal.headers.set("www-authenticate", 'Bearer error="insufficient_scope", scope="email tools"');
  assert.deepEqual((await stepUp.wantedBy(refusal, held))?.scopes, ["tools"]);
  assert.equal(await stepUp.wantedBy(refusalOf(), held), undefined);
});
