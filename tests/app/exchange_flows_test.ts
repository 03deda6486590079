import assert from "node:assert/strict";
import { createExchangeFlows, type ExchangeFlows } from "../../src/app/exchange_flows.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import type { ExchangeRequest, OidcClient } from "../../src/oidc/oidc_client.ts";
import type { StepUpRequest } from "../../src/oidc/step_up_request.ts";
import type { FlagTexts } from "../../src/settings/options.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { identity, Room } from "../credentials/room.ts";
import { flowError } from "../credentials/scripted_flows.ts";

/** A provider whose sign-in is scripted, as its tokens' exchange is. */
class Company implements AsyncDisposable {
  readonly room = new Room();
  /** What was exchanged, in its order: the access token and the scopes besides. */
  readonly exchanged: string[] = [];
  /** What sign-ins are to ask for besides what is configured. */
  readonly asked: StepUpRequest[] = [];
  /** What exchanges fail with, one after the other. */
  refusals: ProxyError[] = [];
  readonly flows: Promise<ExchangeFlows>;

  constructor(given: { flags?: FlagTexts; mustStore?: boolean } = {}) {
    this.flows = this.#makeFlows(given);
  }

  async #makeFlows(
    { flags, mustStore }: { flags?: FlagTexts; mustStore?: boolean },
  ): Promise<ExchangeFlows> {
    const { room } = this;
    const { settings } = await resolveSettings({
      flags: { cacheDir: room.cacheDir, ...flags },
      getEnv: () => undefined,
      readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
    });
    const client = {
      unattended: false,
      signIn: (options) => room.flows.signIn(options as SignInContext),
      refresh: (credential, signal) => room.flows.refresh(credential, signal),
      setStepUp: (stepUp) => void this.asked.push(stepUp),
      exchange: (subject, request) => this.#exchange(subject, request),
    } as Pick<
      OidcClient,
      "unattended" | "signIn" | "refresh" | "setStepUp" | "exchange"
    > as OidcClient;
    return createExchangeFlows(settings, { base: identity, client, mustStore, log: room.log });
  }

  #exchange(subject: Credential, { moreScopes, signal }: ExchangeRequest): Promise<Credential> {
    assert.ok(signal instanceof AbortSignal);
    this.exchanged.push([subject.accessToken, ...moreScopes!].join(" "));
    const refusal = this.refusals.shift();
    if (refusal) return Promise.reject(refusal);
    const { issuer, clientId } = subject;
    return Promise.resolve({
      issuer,
      clientId,
      accessToken: `for-backend-${subject.accessToken}`,
      tokenType: "Bearer",
      obtainedAt: Date.now(),
    });
  }

  /** Lets the credentials that are given out from now on seem that old, in milliseconds. */
  giveOld(age: number, fields: Partial<Credential> = {}): void {
    const { flows } = this.room;
    flows.onSignIn = async (context) => {
      const credential = flows.grant({ obtainedAt: Date.now() - age, ...fields });
      await context.onCredential(credential);
      return credential;
    };
  }

  async [Symbol.asyncDispose]() {
    await (await this.flows).close();
    await this.room[Symbol.asyncDispose]();
  }
}

/** What a sign-in is told; what it finds is kept. */
function makeContext(changes: Partial<SignInContext> = {}) {
  const found: Credential[] = [];
  const context = {
    interactive: true,
    byHand: false,
    force: false,
    signal: new AbortController().signal,
    onCredential: (credential: Credential) => Promise.resolve(void found.push(credential)),
    onInvitation: () => {},
    ...changes,
  } as SignInContext;
  return { context, found };
}

async function signIn(company: Company, changes: Partial<SignInContext> = {}): Promise<string> {
  const { context, found } = makeContext(changes);
  const credential = await (await company.flows).signIn(context);
  assert.deepEqual(found, [credential]);
  return credential.accessToken;
}

Deno.test("the token of a sign-in is exchanged, and the sign-in shared by what comes after", async () => {
  await using company = new Company();
  assert.equal(await signIn(company), "for-backend-access-1");
  assert.equal(await signIn(company), "for-backend-access-1");
  assert.deepEqual(company.exchanged, ["access-1", "access-1"]);
  assert.equal(company.room.flows.signIns, 1);
  assert.equal((await company.flows).unattended, true);
  assert.equal((await company.flows).personSignIn(), undefined);
});

Deno.test("where nobody may be asked, nobody signs in", async () => {
  await using company = new Company();
  await assert.rejects(signIn(company, { interactive: false }), { reason: "signed_out" });
  assert.deepEqual([company.room.flows.signIns, company.exchanged], [0, []]);
});

Deno.test("a person who asks for it by hand signs in, anew only when that is forced", async () => {
  await using company = new Company();
  await signIn(company);
  await signIn(company, { byHand: true });
  assert.equal(company.room.flows.signIns, 1);
  await signIn(company, { byHand: true, force: true });
  assert.equal(company.room.flows.signIns, 2);
  assert.deepEqual(company.exchanged, ["access-1", "access-1", "access-2"]);
});

const stepUps: [stepUp: StepUpRequest, sent: StepUpRequest, signIns: number][] = [
  [{ scopes: ["tools"] }, { scopes: [] }, 1],
  [{ scopes: ["tools"], acrValues: "2" }, { scopes: [], acrValues: "2" }, 2],
  [{ scopes: [], maxAge: 0 }, { scopes: [], maxAge: 0 }, 2],
];
for (const [stepUp, sent, signIns] of stepUps) {
  Deno.test(`for ${JSON.stringify(stepUp)} a forced exchange takes ${signIns} sign-ins`, async () => {
    await using company = new Company();
    await signIn(company);
    (await company.flows).setStepUp(stepUp);
    assert.deepEqual(company.asked, [sent]);
    await signIn(company, { force: true });
    assert.equal(company.room.flows.signIns, signIns);
    assert.equal(company.exchanged.at(-1), [`access-${signIns}`, ...stepUp.scopes].join(" "));
    await signIn(company, { force: false });
    assert.equal(company.room.flows.signIns, signIns);
  });
}

const aboutToken = ["invalid_grant", "invalid_request", "invalid_token"];
for (const reason of aboutToken) {
  Deno.test(`a token of a minute that is refused with ${reason} is renewed and exchanged`, async () => {
    await using company = new Company();
    company.giveOld(60_000);
    company.refusals = [flowError({ reason })];
    assert.equal(await signIn(company), "for-backend-access-2");
    assert.deepEqual(company.exchanged, ["access-1", "access-2"]);
    assert.deepEqual([company.room.flows.signIns, company.room.flows.refreshes], [1, 1]);
  });
}

Deno.test("what is refused for another reason, or although it is new, is told", async () => {
  for (const [age, reason] of [[60_000, "invalid_scope"], [50_000, "invalid_grant"]] as const) {
    await using company = new Company();
    company.giveOld(age);
    company.refusals = [flowError({ reason })];
    await assert.rejects(signIn(company), { reason });
    assert.deepEqual(company.exchanged, ["access-1"]);
    assert.equal(company.room.flows.refreshes, 0);
  }
});

Deno.test("what is refused twice is told", async () => {
  await using company = new Company();
  company.giveOld(60_000);
  company.refusals = ["invalid_grant", "invalid_token"].map((reason) => flowError({ reason }));
  await assert.rejects(signIn(company), { reason: "invalid_token" });
});

Deno.test("an ID token that has ended is replaced by a refresh, else by the person", async () => {
  const ended = () => [flowError({ reason: "subject_expired" })];
  {
    await using company = new Company();
    company.giveOld(0, { idToken: "id-1" });
    const { flows } = company.room;
    flows.onRefresh = () => Promise.resolve(flows.grant({ idToken: "id-2" }));
    company.refusals = ended();
    assert.equal(await signIn(company), "for-backend-access-2");
    assert.deepEqual([flows.signIns, flows.refreshes], [1, 1]);
  }
  {
    await using company = new Company();
    company.giveOld(0, { idToken: "id-1" });
    const { flows } = company.room;
    flows.onRefresh = () => Promise.resolve(flows.grant({ idToken: "id-1" }));
    company.refusals = ended();
    assert.equal(await signIn(company), "for-backend-access-3");
    assert.deepEqual([flows.signIns, flows.refreshes], [2, 1]);
    company.refusals = ended();
    await assert.rejects(signIn(company, { interactive: false }), { reason: "subject_expired" });
    assert.equal(flows.signIns, 2);
  }
});

Deno.test("what the person has to open is handed on, where a person may be asked", async () => {
  await using company = new Company();
  const invitation = { url: "http://localhost:1/start", expiresAt: Date.now() + 60_000 };
  const invited = Promise.withResolvers<unknown>();
  company.room.flows.onSignIn = async (context) => {
    context.onInvitation(invitation);
    const device = {
      issuer: identity.issuer,
      clientId: identity.clientId,
      deviceCode: "device-code",
      userCode: "AB-CD",
      verificationUrl: "https://auth.example/device",
      startedAt: Date.now(),
      expiresAt: invitation.expiresAt,
      interval: 5_000,
      codeVerifier: "verifier",
    };
    await context.onDevice(device);
    await invited.promise;
    const credential = company.room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  const flows = await company.flows;
  const { context } = makeContext({ onInvitation: invited.resolve });
  const signingIn = flows.signIn(context);
  assert.ok(flows.personSignIn(), "the sign-in of the person is there meanwhile");
  assert.deepEqual(await invited.promise, invitation);
  await signingIn;
  assert.equal(flows.personSignIn(), undefined);
});

Deno.test("nobody refreshes what came of an exchange", async () => {
  await using company = new Company();
  const { refresh } = await company.flows;
  const subject = company.room.flows.grant();
  await assert.rejects(refresh(subject, new AbortController().signal), {
    category: "Internal error",
    what: "a token that came of an exchange was to be refreshed",
    fix: "run again with --debug and report what it prints",
    reason: "internal",
  });
});

Deno.test("a sign-in by hand passes over a pause, and one by itself does not", async () => {
  await using company = new Company();
  company.room.flows.onSignIn = () => Promise.reject(flowError({ reason: "access_denied" }));
  await assert.rejects(signIn(company), { reason: "access_denied" });
  company.room.flows.onSignIn = undefined;
  await assert.rejects(signIn(company), { reason: "sign_in_paused" });
  assert.equal(await signIn(company, { byHand: true }), "for-backend-access-1");
});

Deno.test("a step-up of the sign-in takes a person only where the exchange is forced", async () => {
  await using company = new Company();
  await signIn(company);
  (await company.flows).setStepUp({ scopes: [], acrValues: "2" });
  await signIn(company);
  assert.equal(company.room.flows.signIns, 1);
});

Deno.test("what was exchanged is kept before it is handed out, and the sign-in's store closed", async () => {
  await using company = new Company();
  const flows = await company.flows;
  const kept = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const { context } = makeContext({
    onCredential: () => {
      began.resolve();
      return kept.promise;
    },
  });
  let isOver = false;
  const signingIn = flows.signIn(context).then(() => isOver = true);
  await began.promise;
  const source = flows.personSignIn()!;
  assert.equal(isOver, false);
  kept.resolve();
  await signingIn;
  await assert.rejects(
    Promise.resolve(source.current({ interactive: false, signal: context.signal })),
    { reason: "closing" },
  );
});

Deno.test("an exchange is handed over when its sign-in is, and not before there is one", async () => {
  await using company = new Company();
  const flows = await company.flows;
  let isHandedOver = false;
  flows.handedOver().then(() => isHandedOver = true);
  await signIn(company);
  assert.equal(isHandedOver, false);
});

Deno.test("the sign-in is stored as the settings say, and where it must be, else it is none", async () => {
  for (const [encryption, hasKey] of [["none", false], ["file", true]] as const) {
    await using company = new Company({ flags: { credentialEncryption: encryption } });
    await signIn(company);
    const names = [...Deno.readDirSync(company.room.cacheDir)].map(({ name }) => name);
    assert.equal(names.includes("cache.key"), hasKey);
  }
  for (const mustStore of [true, false]) {
    await using company = new Company({ flags: { cacheDir: "/proc/nowhere" }, mustStore });
    const signingIn = signIn(company).catch((error) => error.reason);
    assert.equal(await signingIn, mustStore ? "store_unusable" : "for-backend-access-1");
  }
});

Deno.test("a person is not asked again at once by what no person asked for", async () => {
  await using company = new Company();
  await signIn(company);
  (await company.flows).setStepUp({ scopes: [], maxAge: 0 });
  company.room.flows.onSignIn = () => Promise.reject(flowError({ reason: "access_denied" }));
  await assert.rejects(signIn(company, { force: true }), { reason: "access_denied" });
  await assert.rejects(signIn(company, { force: true }), { reason: "sign_in_paused" });
});

Deno.test("a token that cannot be refreshed is renewed by the person, where one may be asked", async () => {
  await using company = new Company();
  company.giveOld(60_000, { refreshToken: undefined });
  company.refusals = [flowError({ reason: "invalid_grant" })];
  assert.equal(await signIn(company), "for-backend-access-2");
  company.refusals = [flowError({ reason: "invalid_grant" })];
  await assert.rejects(signIn(company, { interactive: false }), { reason: "signed_out" });
});
