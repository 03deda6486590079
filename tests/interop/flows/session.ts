import assert from "node:assert/strict";
import type { Program } from "../../support/program.ts";
import type { Desk, ProviderStage } from "../provider_stage.ts";

/** Calls a tool of the backend; throws unless it answers. */
export async function callTool(program: Program): Promise<void> {
  const answer = await program.request("tools/call", {
    name: "echo",
    arguments: { message: "hello" },
  });
  assert.ok(answer.result, `the call failed: ${JSON.stringify(answer.error)}`);
}

/** Starts the bridge, goes through with its sign-in, and calls a tool. */
export async function startSignedIn(desk: Desk): Promise<Program> {
  const program = await desk.start();
  try {
    await Promise.all([program.initialize(), desk.signIn()]);
    await callTool(program);
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Every access token that the provider has issued so far. */
export function issuedTokens(stage: ProviderStage): string[] {
  return stage.exchanges.flatMap(({ answer }) =>
    /^\s*\{.*"access_token"/s.test(answer) ? [JSON.parse(answer).access_token as string] : []
  );
}

/** Makes the backend refuse all tokens so far, so that the program has to renew. */
export function refuseIssuedTokens(stage: ProviderStage): void {
  stage.gateway.distrust(issuedTokens(stage));
}
