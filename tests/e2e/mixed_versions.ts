/**
 * Programs of a released version and of today on one store, at the same time.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import { frozenProgram, type FrozenVersion } from "../support/frozen_versions.ts";
import type { Program } from "../support/program.ts";
import type { ProviderRequest, TestProvider } from "../support/provider.ts";

/** Starts the program as it was in one version. */
export interface Side {
  /** What to call it. */
  name: string;
  /** Starts it. */
  start(company: Company): Promise<Program>;
}

/** The program of this working copy. */
export const today: Side = { name: "today's program", start: (company) => company.start() };

/** The program of a released version. */
export function sideOf(version: FrozenVersion): Side {
  const command = frozenProgram(version);
  return { name: version.version, start: (company) => company.start({ command }) };
}

/** A call that must succeed. */
export async function echo(program: Program, message: string): Promise<void> {
  const { result, error } = await program.request("tools/call", {
    name: "echo",
    arguments: { message },
  });
  assert.equal(error, undefined, error?.message);
  assert.deepEqual(result?.content, [{ type: "text", text: `Echo: ${message}` }]);
}

/**
 * A call that must succeed: of today's program at once, of a released one before its token has run
 * out twice. Version 0.1.0 blames a token of seconds that runs out on its way, or one that another
 * process got before it was refused, and goes on blaming it while it lasts.
 */
export async function echoWithin(
  lifetime: number,
  { program, isReleased, message }: { program: Program; isReleased: boolean; message: string },
): Promise<void> {
  const end = Date.now() + 2 * lifetime * 1000;
  while (isReleased && Date.now() < end) {
    const { error } = await program.request("tools/call", {
      name: "echo",
      arguments: { message },
    });
    if (error === undefined) return;
    assert.equal(error.data?.reason, "token_refused", error.message);
    // Each try goes to the backend and back, but at the pace of a person who tries again.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await echo(program, message);
}

/** All refreshes that the provider was asked for. */
export function refreshes({ requests }: TestProvider): ProviderRequest[] {
  return requests.filter(({ grantType }) => grantType === "refresh_token");
}

/** How the programs share the sign-in. */
export interface SharingOptions {
  /** How many programs there are of each version. */
  programs: number;
  /** The lifetime of access tokens, in seconds. */
  lifetime?: number;
  /** What is done with them; those at even places are of the released version. */
  use: (programs: readonly Program[], company: Company) => Promise<void>;
}

/**
 * Starts them all at once, lets the person sign in, and uses them. Asserts that this one sign-in
 * lasted: `oidc-provider` revokes it when a refresh token comes twice.
 */
export async function shareSignIn(older: Side, options: SharingOptions): Promise<void> {
  const { lifetime: accessTokenTtl, use } = options;
  await using company = await startCompany({ provider: { accessTokenTtl } });
  const { provider, gateway, browser } = company;
  await using stack = new AsyncDisposableStack();
  const sides = Array.from({ length: options.programs }, () => [older, today]).flat();
  const programs = await Promise.all(
    sides.map(async ({ start }) => stack.use(await start(company))),
  );
  await Promise.all([company.signIn(), ...programs.map((program) => program.initialize())]);
  await use(programs, company);
  gateway.distrust(provider.secrets.access_token);
  await Promise.all(
    programs.map((program, at) => {
      const call = { program, isReleased: at % 2 === 0, message: "the grant is alive" };
      return echoWithin(accessTokenTtl ?? 5, call);
    }),
  );
  const sent = refreshes(provider).map(({ parameters }) => parameters.get("refresh_token"));
  assert.equal(new Set(sent).size, sent.length, "a refresh token was sent twice");
  assert.deepEqual(refreshes(provider).filter(({ status }) => status !== 200), []);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(browser.count(), 1);
}
