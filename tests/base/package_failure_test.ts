import assert from "node:assert/strict";
import { asProxyError } from "../../src/base/errors.ts";
import { packageFailure } from "../../src/base/package_failure.ts";
import { startHttpsServer } from "../support/https_server.ts";
import { freePort } from "../support/free_port.ts";

/** What becomes of an import for which Deno asks this registry, in a process that has no packages. */
async function importFrom(registry: URL): Promise<Record<string, string>> {
  const directory = await Deno.makeTempDir();
  try {
    const program = `
      import { asProxyError } from ${
      JSON.stringify(import.meta.resolve("../../src/base/errors.ts"))
    };
      const name = "npm:left-out@1.0.0";
      await import(name).catch((error) => {
        const { category, reason, message } = asProxyError(error);
        console.log(JSON.stringify({ category, reason, message }));
      });
    `;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-config", program],
      env: {
        DENO_DIR: directory,
        NPM_CONFIG_REGISTRY: registry.href,
        NO_COLOR: "1",
        HOME: directory,
      },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(text, new TextDecoder().decode(stderr));
    return JSON.parse(text);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a package that Deno cannot fetch behind TLS inspection names what helps", async () => {
  await using server = await startHttpsServer();
  const { category, reason, message } = await importFrom(server.url);
  assert.equal(category, "Network error");
  assert.equal(reason, "package_unavailable");
  assert.match(
    message,
    /cannot fetch the npm package left-out: .*certificate.*DENO_TLS_CA_STORE=system/,
  );
});

Deno.test("a package that Deno cannot fetch without a network says so", async () => {
  const url = new URL(`http://127.0.0.1:${freePort()}/`);
  const { category, reason, message } = await importFrom(url);
  assert.equal(category, "Network error");
  assert.equal(reason, "package_unavailable");
  assert.match(message, /[Cc]onnection refused.*Fix: check the network.*NPM_CONFIG_REGISTRY/);
  assert.doesNotMatch(message, /DENO_TLS_CA_STORE/);
});

Deno.test("a module of the program that Deno cannot fetch is told by its address", () => {
  // As Deno 2.9.6 says it.
  const { message, reason } = asProxyError(
    new TypeError(
      "Import 'https://registry.test/x.ts' failed.\n    0: error sending request for url " +
        "(https://registry.test/x.ts): client error (Connect): invalid peer certificate: UnknownIssuer",
    ),
  );
  assert.equal(reason, "package_unavailable");
  assert.match(message, /cannot fetch https:\/\/registry\.test\/x\.ts: error .*DENO_TLS_CA_STORE/);
});

Deno.test("an archive that cannot be fetched is told as a package is", () => {
  // As Deno 2.9.6 says it where a lock file names the archive.
  const { message } = asProxyError(
    new TypeError(
      "Failed caching npm package 'dotenv@18.0.10'\n    0: error sending request for url " +
        "(https://localhost/dotenv.tgz): client error (Connect): invalid peer certificate: UnknownIssuer\n" +
        "    1: client error (Connect)",
    ),
  );
  assert.match(
    message,
    /npm package dotenv@18\.0\.10: error sending .*UnknownIssuer\. Fix: .*DENO_CERT/,
  );
});

const network = "check the network; where a company needs it, set HTTPS_PROXY, or " +
  "NPM_CONFIG_REGISTRY to its mirror";
const certificate =
  "start it with DENO_TLS_CA_STORE=system in its environment, so that Deno trusts " +
  "what this machine trusts, or with DENO_CERT naming the file of your company's certificate authority";
const failures: [message: string, what: string, fix: string][] = [
  [
    "Failed caching npm package 'a@1'\n    0: no route",
    "Deno cannot fetch the npm package a@1: no route",
    network,
  ],
  [
    'Failed loading https://registry.test/a for package "a"\n  0: Certificate expired\n  1: more',
    "Deno cannot fetch the npm package a: Certificate expired",
    certificate,
  ],
  ["Import 'https://a.test/b.ts' failed.", "Deno cannot fetch https://a.test/b.ts", network],
  [
    "Import 'http://a.test/b.ts' failed, error 10: x",
    "Deno cannot fetch http://a.test/b.ts",
    network,
  ],
];
for (const [message, what, fix] of failures) {
  Deno.test(`what Deno could not fetch: ${message}`, () => {
    assert.deepEqual(packageFailure(new TypeError(message)), {
      category: "Network error",
      what,
      fix,
      reason: "package_unavailable",
    });
  });
}

Deno.test("other errors are not about what Deno fetches", () => {
  for (const message of ["", "it: Failed caching npm package 'a'", "Import 'file:///a' failed"]) {
    assert.equal(packageFailure(new Error(message)), undefined);
  }
});
