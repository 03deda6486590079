import assert from "node:assert/strict";
import { startGateway } from "../../support/gateway.ts";
import { certificateFile } from "../../support/https_server.ts";
import { runProgram } from "../../support/program.ts";
import type { Flow } from "./flow.ts";
import { callTool } from "./session.ts";

/** A provider whose certificate is of an authority of the company's own. */
export const privateAuthority: Flow = {
  name: "private certificate authority",
  isOffered: ({ secureIssuer }) => secureIssuer !== undefined,
  async run(stage) {
    const { provider, backend } = stage;
    const issuer = provider.secureIssuer!;
    await using gateway = await startGateway({ provider: { ...provider, issuer }, backend });
    await using desk = await stage.desk(provider.clients.renewing ?? provider.clients.public);
    const env = { OIDC_ISSUER_URL: issuer };
    const run = (command: string, ...args: string[]) =>
      runProgram(desk.settings({ env, args: [command, gateway.url.href, ...args] }));

    const refused = await run("login");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--ca-cert/);
    const doubtful = await run("doctor");
    assert.equal(doubtful.code, 1, doubtful.stdout);
    assert.match(doubtful.stdout, /✗ the provider: .*certificate.*\n.*--ca-cert/);

    const trusting = ["--ca-cert", certificateFile("authority.pem")];
    const [login] = await Promise.all([run("login", ...trusting), desk.signIn()]);
    assert.equal(login.code, 0, login.stderr);
    {
      await using program = await desk.start({ env, args: [gateway.url.href, ...trusting] });
      await program.initialize();
      const token = () => gateway.requests.at(-1)?.headers.get("authorization");
      const first = token();
      gateway.refuse(1);
      await callTool(program);
      assert.notEqual(token(), first, "the token was not renewed");
      assert.equal(desk.opener.count(), 1, "the renewal opened a tab");
    }
    const doctor = await run("doctor", ...trusting);
    assert.equal(doctor.code, 0, doctor.stdout);
    assert.match(doctor.stdout, /✓ the provider, .*can be reached, and its certificate is trusted/);
    const logout = await run("logout", ...trusting);
    assert.equal(logout.code, 0, logout.stderr);
    assert.equal(await provider.admin.countSessions?.(desk.person) ?? 0, 0);
  },
};
