import assert from "node:assert/strict";
import { join } from "node:path";
import type { Outcome } from "../../support/program.ts";
import type { ProgramSettings } from "../../support/program_command.ts";
import type { Desk, ProviderStage } from "../provider_stage.ts";
import type { Flow } from "./flow.ts";
import { callTool } from "./session.ts";

/** The program registers a client of its own (RFC 7591). */
export const registration: readonly Flow[] = [
  {
    name: "registration refused",
    isOffered: ({ admin }) => admin.setOpenRegistration !== undefined,
    async run(stage) {
      await stage.provider.admin.setOpenRegistration!(false);
      await using desk = await stage.desk({ id: "" });
      const login = await desk.run("login");
      assert.equal(login.code, 1);
      assert.match(login.stderr, /OIDC_CLIENT_ID/);
      assert.doesNotMatch(login.stderr, /firewall/);
    },
  },
  {
    name: "registration, then logout",
    isOffered: ({ admin, openRegistration }) =>
      openRegistration === true || admin.setOpenRegistration !== undefined,
    async run(stage) {
      const { admin } = stage.provider;
      await admin.setOpenRegistration?.(true);
      await admin.setRegistrationScopes?.(true);
      await using desk = await selfRegisteredDesk(stage);
      const login = await loginInEveryTab(desk);
      assert.equal(login.code, 0, login.stderr);
      // Where the first client was given no scopes, another one named them.
      assert.ok(desk.opener.count() <= (admin.setRegistrationScopes ? 2 : 1));
      await logOut(stage, desk);
    },
  },
  {
    name: "registration that gives no scopes",
    isOffered: ({ admin }) => admin.setRegistrationScopes !== undefined,
    async run(stage) {
      const { admin } = stage.provider;
      await admin.setOpenRegistration?.(true);
      await admin.setRegistrationScopes!(false);
      await using desk = await selfRegisteredDesk(stage);
      const login = await loginInEveryTab(desk);
      assert.equal(login.code, 1);
      assert.match(login.stderr, /invalid_scope.*registered itself without naming scopes/s);
      assert.match(login.stderr, /Fix: register a client with these scopes by hand/);
      assert.equal(desk.opener.count(), 1, "more than one tab");
    },
  },
  {
    name: "registration with an initial access token",
    isOffered: ({ admin }) =>
      admin.createInitialAccessToken !== undefined && admin.setOpenRegistration !== undefined,
    async run(stage) {
      const { admin } = stage.provider;
      await admin.setOpenRegistration!(false);
      await admin.setRegistrationScopes?.(true);
      await using desk = await selfRegisteredDesk(stage);
      const file = join(desk.home.path, "registration-token");
      const env = { OIDC_REGISTRATION_TOKEN_FILE: file };
      const writeToken = async () =>
        await Deno.writeTextFile(file, await admin.createInitialAccessToken!(), { mode: 0o600 });
      await writeToken();
      let login = await loginInEveryTab(desk, { env });
      if (admin.setRegistrationScopes) {
        // The token is spent for a client without scopes; a new one is good for one that has them.
        assert.equal(login.code, 1);
        assert.match(login.stderr, /OIDC_REGISTRATION_TOKEN_FILE to a file with a new initial/);
        await writeToken();
        login = await loginInEveryTab(desk, { env });
      }
      assert.equal(login.code, 0, login.stderr);
      await logOut(stage, desk, { env });
    },
  },
];

function selfRegisteredDesk(stage: ProviderStage): Promise<Desk> {
  return stage.desk(stage.provider.clients.selfRegistered ?? { id: "" });
}

/** Runs `login` and goes through with the sign-in in every tab that it opens. */
async function loginInEveryTab(desk: Desk, more?: Partial<ProgramSettings>): Promise<Outcome> {
  let hasEnded = false;
  const visit = async () => {
    while (!hasEnded) {
      const url = await desk.opener.opened(500).catch(() => undefined);
      if (url) await desk.browser.signIn(url);
    }
  };
  const visits = visit();
  try {
    return await desk.run("login", more);
  } finally {
    hasEnded = true;
    await visits;
  }
}

/** Uses what the sign-in brought, and ends it, at the provider too. */
async function logOut(stage: ProviderStage, desk: Desk, more?: Partial<ProgramSettings>) {
  const { admin } = stage.provider;
  {
    await using program = await desk.start(more);
    await program.initialize();
    await callTool(program);
  }
  const outcome = await desk.run("logout", more);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(await admin.countSessions?.(desk.person) ?? 0, 0);
  assert.doesNotMatch(
    outcome.stdout + outcome.stderr,
    /[Cc]ould not revoke|cannot revoke its refresh token/,
  );
}
