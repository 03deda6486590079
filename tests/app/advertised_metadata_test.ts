import assert from "node:assert/strict";
import { createMetadataReader } from "../../src/app/advertised_metadata.ts";
import type { Refusal } from "../../src/bridge/authorizer.ts";
import type { Fetch } from "../../src/oidc/provider_fetch.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { recordLog } from "../support/recorded_log.ts";

const issuer = new URL("https://auth.company.com/");
const place = "https://mcp.company.com/.well-known/oauth-protected-resource";

function refusal(challenge: string | undefined): Refusal {
  return {
    request: {
      method: "POST",
      url: new URL("https://mcp.company.com/mcp"),
      purpose: "client",
      signal: new AbortController().signal,
    },
    fields: {},
    status: 401,
    headers: new Headers(challenge === undefined ? {} : { "www-authenticate": challenge }),
    attempt: 1,
  };
}

const pointing = refusal(`Bearer resource_metadata="${place}"`);

/** A reader of a backend that answers with this, and what it was asked. */
function reading(metadata: unknown, { issuer: configured }: { issuer?: URL } = { issuer }) {
  const asked: string[] = [];
  const answers = [metadata].flat();
  const fetch: Fetch = (url) => {
    asked.push(url);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve(Response.json(answer));
  };
  const { log, lines } = recordLog();
  return { read: createMetadataReader({ issuer: configured, fetch, log }), asked, lines };
}

Deno.test("the metadata that a challenge names is read, once", async () => {
  const { read, asked, lines } = reading({
    resource: "https://mcp.company.com/mcp",
    authorization_servers: ["https://auth.company.com"],
  });
  const metadata = await read(pointing);
  assert.deepEqual(metadata, {
    resource: "https://mcp.company.com/mcp",
    issuers: ["https://auth.company.com"],
  });
  assert.equal(await read(pointing), metadata);
  assert.deepEqual(asked, [place]);
  assert.deepEqual(lines, []);
});

Deno.test("without a challenge that names it, nothing is read", async () => {
  const { read, asked } = reading({ authorization_servers: [] });
  for (const challenge of [undefined, "Bearer", 'Bearer not_resource_metadata_x="a"']) {
    assert.equal(await read(refusal(challenge)), undefined);
  }
  assert.deepEqual(asked, []);
});

const warning =
  "[warn] https://mcp.company.com advertises the provider https://other.company.com, " +
  "https://third.company.com, but https://auth.company.com/ is configured";
const others = ["https://other.company.com", "https://third.company.com"];
const warnings: [name: string, issuers: string[], configured: URL | undefined, lines: string[]][] =
  [
    ["others alone", others, issuer, [warning]],
    ["one other", others.slice(1), issuer, [warning.replace("https://other.company.com, ", "")]],
    ["the configured one among others", [...others, "https://auth.company.com"], issuer, []],
    ["none", [], issuer, []],
    ["others, and none is configured", others, undefined, []],
  ];
for (const [name, issuers, configured, expected] of warnings) {
  Deno.test(`whether another provider is warned about: the backend names ${name}`, async () => {
    const { read, lines } = reading({ authorization_servers: issuers }, { issuer: configured });
    assert.deepEqual((await read(pointing))?.issuers, issuers);
    assert.deepEqual(lines, expected);
  });
}

Deno.test("what could not be read is read again at the next refusal", async () => {
  const { read, asked } = reading([new TypeError("refused"), { authorization_servers: [] }]);
  assert.equal(await read(pointing), undefined);
  assert.deepEqual(await read(pointing), { issuers: [] });
  assert.equal(asked.length, 2);
});

Deno.test("that there is no metadata is remembered, too", async () => {
  const asked: string[] = [];
  const fetch: Fetch = (url) => {
    asked.push(url);
    return Promise.resolve(new Response("", { status: 404 }));
  };
  const read = createMetadataReader({ issuer, fetch, log: recordLog().log });
  for (let time = 0; time < 2; time++) assert.equal(await read(pointing), undefined);
  assert.deepEqual(asked, [place]);
});

Deno.test("a backend that does not answer is waited for five seconds", async () => {
  using time = new FakeTime();
  const asked = Promise.withResolvers<void>();
  const fetch: Fetch = (_, init) => {
    asked.resolve();
    return new Promise((_, reject) =>
      init!.signal!.addEventListener("abort", () => reject(new Error("too late")))
    );
  };
  const read = createMetadataReader({ issuer, fetch, log: recordLog().log });
  let isOver = false;
  const reading = read(pointing).then(() => isOver = true);
  await asked.promise;
  await time.pass(4_999);
  assert.equal(isOver, false);
  await time.pass(1);
  await reading;
});
