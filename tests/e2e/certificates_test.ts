import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../scripts/build/run.ts";
import { createHome } from "../support/home.ts";
import { hasProgram } from "../support/has_program.ts";
import { startProgram } from "../support/program.ts";
import { within } from "../support/within.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");

/** A certificate for localhost, and the authority of a company that has issued it. */
async function companyCertificate(directory: string): Promise<{ cert: string; key: string }> {
  const openssl = (...args: string[]) => run(["openssl", ...args], { cwd: directory });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"],
    ...["-subj", "/CN=Company Authority", "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", "server.key", "-out", "server.pem", "-days", "2"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"],
  );
  const read = (name: string) => Deno.readTextFile(join(directory, name));
  return { cert: await read("server.pem"), key: await read("server.key") };
}

Deno.test({
  name: "the executable trusts an authority that the system's store holds, and no other " +
    "(needs AUTHFUL_EXECUTABLE and openssl)",
  ignore: !executable || Deno.build.os !== "linux" || !(await hasProgram("openssl")),
  async fn() {
    await using home = await createHome();
    const certificate = await companyCertificate(home.path);
    const asked = Promise.withResolvers<string>();
    let requests = 0;
    await using server = Deno.serve({
      ...certificate,
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    }, (request) => {
      requests++;
      asked.resolve(new URL(request.url).pathname);
      return new Response("not found", { status: 404 });
    });
    const settings = {
      home: home.path,
      args: ["http://127.0.0.1:9/mcp", "--no-browser"],
      env: { OIDC_ISSUER_URL: `https://localhost:${server.addr.port}`, OIDC_CLIENT_ID: "client" },
    };
    {
      await using program = await startProgram(settings);
      const refused = await program.initialize().then(() => "", (error: Error) => error.message);
      assert.match(
        refused,
        /the certificate of https:\/\/localhost:\d+ is not trusted .*--ca-cert/,
      );
      assert.equal(requests, 0, "nothing is asked of a server that is not trusted");
    }
    // Where the store lies is for the system to say; on Linux this variable does.
    const env = { ...settings.env, SSL_CERT_FILE: join(home.path, "ca.pem") };
    await using program = await startProgram({ ...settings, env });
    const initialized = program.initialize().catch(() => {});
    const path = await within(asked.promise, { what: "a request at the provider" });
    assert.match(path, /\.well-known\/openid-configuration$/);
    program.kill("SIGKILL");
    await initialized;
  },
});
