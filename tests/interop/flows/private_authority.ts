import assert from "node:assert/strict";
import { certificateFile } from "../../support/https_server.ts";
import { startRecordingProxy } from "../recording_proxy.ts";
import type { Flow } from "./flow.ts";

/** A provider whose certificate is of an authority of the company's own. */
export const privateAuthority: Flow = {
  name: "private certificate authority",
  isOffered: ({ trustsForwardedHeaders }) => trustsForwardedHeaders === true,
  async run(stage) {
    const { provider, providerPort } = stage;
    await using proxy = await startRecordingProxy({ upstream: providerPort, tls: true });
    await using desk = await stage.desk(provider.clients.public);
    const issuer = new URL(provider.issuer);
    const env = { OIDC_ISSUER_URL: `${proxy.origin}${issuer.pathname}` };
    const refused = await desk.run("login", { env });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--ca-cert/);
    const login = await desk.login({ env, args: ["--ca-cert", certificateFile("authority.pem")] });
    assert.equal(login.code, 0, login.stderr);
  },
};
