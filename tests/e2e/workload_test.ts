/**
 * A program that signs in by the JWT of its platform: the real program between a real authorization
 * server with the grant of RFC 7523, a platform that projects files as kubelet does, and a backend.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { workloadGrant } from "../support/assertion_grants.ts";
import { startCountingBackend } from "../support/counting_backend.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { createHome } from "../support/home.ts";
import { type Message, type Program, startProgram } from "../support/program.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import {
  createProjectedVolume,
  type ProjectedVolume,
  startWorkloadPlatform,
  workload,
  type WorkloadPlatform,
} from "../support/workload_platform.ts";

const audience = "https://backend.test/mcp";
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** A cluster, and the company's side of it. */
interface Cluster extends AsyncDisposable {
  platform: WorkloadPlatform;
  provider: TestProvider;
  gateway: Gateway;
  volume: ProjectedVolume;
  home: string;
  start(env?: Record<string, string>): ReturnType<typeof startProgram>;
}

async function startCluster(): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const platform = stack.use(await startWorkloadPlatform());
  const provider = stack.use(
    await startProvider({
      clients: [{
        client_id: "agent",
        token_endpoint_auth_method: "none",
        grant_types: [grant],
        response_types: [],
        redirect_uris: [],
      }],
      grants: [workloadGrant({ trusted: () => platform, subject: workload, audience })],
    }),
  );
  const backend = stack.use(await startCountingBackend());
  const gateway = stack.use(await startGateway({ provider, backend: backend.url }));
  const home = stack.use(await createHome());
  const volume = await createProjectedVolume(join(home.path, "secrets"));
  const owned = stack.move();
  return {
    platform,
    provider,
    gateway,
    volume,
    home: home.path,
    start: (env = {}) =>
      startProgram({
        home: home.path,
        args: [gateway.url.href],
        env: {
          OIDC_ISSUER_URL: provider.issuer,
          OIDC_CLIENT_ID: "agent",
          OIDC_FLOW: "workload",
          OIDC_ASSERTION_FILE: volume.path,
          ...env,
        },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function assertions(provider: TestProvider): (string | null)[] {
  return provider.requests.filter(({ endpoint }) => endpoint === "token")
    .map(({ parameters }) => parameters.get("assertion"));
}

Deno.test("a projected token is read anew for each use, and replaced under the program", async () => {
  await using cluster = await startCluster();
  const { platform, provider, gateway, volume } = cluster;
  const [first, second] = await Promise.all([
    platform.sign({ aud: provider.issuer }),
    platform.sign({ aud: provider.issuer }),
  ]);
  await volume.project(first);
  await using program = await cluster.start();
  await program.initialize();
  const { result } = await program.request("tools/call", {
    name: "count",
    arguments: { key: "a" },
  });
  assert.ok(result);
  assert.deepEqual(assertions(provider), [first]);

  await volume.project(second);
  gateway.refuse(1);
  const next = await program.request("tools/call", { name: "count", arguments: { key: "b" } });
  assert.ok(next.result, JSON.stringify(next));
  assert.deepEqual(assertions(provider), [first, second]);
  assert.equal(provider.count("authorization"), 0);
  for (const token of [first, second]) assert.ok(!program.stderr().includes(token));
});

Deno.test("two starts share the token that a workload was given", async () => {
  await using cluster = await startCluster();
  const { platform, provider, volume } = cluster;
  await volume.project(await platform.sign({ aud: provider.issuer }));
  for (let start = 1; start <= 2; start++) {
    await using program = await cluster.start();
    await program.initialize();
    await program.endInput();
    await program.exit;
  }
  assert.equal(provider.count("token"), 1);
});

/** Sends `initialize`, whatever is answered. */
function begin(program: Program): Promise<Message> {
  return program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
}

/** What must not work, with what is said of it. */
const vain: Readonly<
  Record<string, {
    prepare(cluster: Cluster): Promise<Record<string, string> | void>;
    says: RegExp;
    reason: string;
    requests: number;
    ignore?: boolean;
  }>
> = {
  "a token that has ended is not presented": {
    async prepare({ platform, provider, volume }) {
      const exp = Math.floor(Date.now() / 1000) - 60;
      await volume.project(await platform.sign({ aud: provider.issuer, exp }));
    },
    says:
      /the JWT in the file .*\/token ended at 2\d{3}-.* see why the platform has not replaced it/,
    reason: "assertion_expired",
    requests: 0,
  },
  "a file that is not there": {
    prepare: () => Promise.resolve(),
    says: /cannot read the file of OIDC_ASSERTION_FILE: No such file/,
    reason: "assertion_unreadable",
    requests: 0,
  },
  "a file of something else, whose content stays here": {
    async prepare({ volume }) {
      await volume.project("root:x:0:0:the secret of somebody else");
    },
    says: /what is in the file .*\/token is no JWT/,
    reason: "assertion_unreadable",
    requests: 0,
  },
  "a file without an end": {
    prepare: () => Promise.resolve({ OIDC_ASSERTION_FILE: "/dev/zero" }),
    says: /\/dev\/zero is a device, not a file/,
    reason: "assertion_unreadable",
    requests: 0,
    ignore: Deno.build.os === "windows",
  },
  "a file that is too long": {
    async prepare({ volume }) {
      await volume.project("x".repeat(70_000));
    },
    says: /is longer than 65536 bytes/,
    reason: "assertion_unreadable",
    requests: 0,
  },
  "a pipe, into which nobody writes": {
    async prepare({ home }) {
      const path = join(home, "pipe");
      await new Deno.Command("mkfifo", { args: [path] }).output();
      return { OIDC_ASSERTION_FILE: path };
    },
    says: /pipe is a pipe, not a file/,
    reason: "assertion_unreadable",
    requests: 0,
    ignore: Deno.build.os === "windows",
  },
  "a token for somebody else, which the server refuses": {
    async prepare({ platform, volume }) {
      await volume.project(await platform.sign({ aud: "https://elsewhere.test" }));
    },
    says:
      /with invalid_grant: .*; the JWT in the file .* has iss "http:.*, aud "https:\/\/elsewhere/,
    reason: "invalid_grant",
    requests: 1,
  },
  "a variable that is not set": {
    prepare: () => Promise.resolve({ OIDC_ASSERTION_FILE: "", OIDC_ASSERTION_ENV: "AGENT_JWT" }),
    says: /the variable AGENT_JWT, which OIDC_ASSERTION_ENV names, is not set/,
    reason: "assertion_unreadable",
    requests: 0,
  },
  "nothing that says where the token is": {
    prepare: () => Promise.resolve({ OIDC_ASSERTION_FILE: "" }),
    says: /nothing says where the JWT of this workload is/,
    reason: "assertion_missing",
    requests: 0,
  },
};

for (const [name, { prepare, says, reason, requests, ignore }] of Object.entries(vain)) {
  Deno.test({
    name: `workload: ${name}`,
    ignore,
    async fn() {
      await using cluster = await startCluster();
      const env = await prepare(cluster) ?? {};
      await using program = await cluster.start(env);
      const { error } = await begin(program);
      assert.match(error?.message ?? "", says);
      assert.equal(error?.data?.reason, reason);
      // Nothing more is sent for what comes after it.
      await program.request("tools/list");
      assert.equal(cluster.provider.count("token"), requests);
      assert.ok(!program.stderr().includes("the secret of somebody else"));
    },
  });
}

Deno.test("a workload recovers by itself when its token is there", async () => {
  await using cluster = await startCluster();
  await using program = await cluster.start();
  const { error } = await begin(program);
  assert.equal(error?.data?.reason, "assertion_unreadable");
  await cluster.volume.project(await cluster.platform.sign({ aud: cluster.provider.issuer }));
  assert.ok((await begin(program)).result);
});

Deno.test("a token in a variable", async () => {
  await using cluster = await startCluster();
  const { platform, provider } = cluster;
  const token = await platform.sign({ aud: provider.issuer });
  await using program = await cluster.start({
    OIDC_ASSERTION_FILE: "",
    OIDC_ASSERTION_ENV: "AGENT_JWT",
    AGENT_JWT: token,
  });
  assert.ok((await program.initialize()).result);
  assert.deepEqual(assertions(provider), [token]);
});

Deno.test("GitHub Actions' endpoint is asked for a token for the provider", async () => {
  await using cluster = await startCluster();
  const { platform, provider } = cluster;
  const asked: URL[] = [];
  await using actions = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      if (request.headers.get("authorization") !== "Bearer the token of the job") {
        return new Response(null, { status: 401 });
      }
      const url = new URL(request.url);
      asked.push(url);
      return Response.json({
        value: await platform.sign({ aud: url.searchParams.get("audience")! }),
      });
    },
  );
  const env = {
    OIDC_ASSERTION_FILE: "",
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${actions.addr.port}/token?api-version=2.0`,
  };
  {
    await using program = await cluster.start({
      ...env,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the token of the job",
    });
    assert.ok((await program.initialize()).result);
    assert.equal(asked[0].searchParams.get("audience"), provider.issuer);
    assert.equal(asked[0].searchParams.get("api-version"), "2.0");
    assert.ok(!program.stderr().includes("the token of the job"));
  }
  await using program = await cluster.start({
    ...env,
    OIDC_SCOPES: "another",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "that of another job",
  });
  const { error } = await begin(program);
  assert.match(
    error?.message ?? "",
    /GitHub Actions gave no JWT: .* answered 401.*id-token: write/,
  );
});

Deno.test("the JWT authenticates the client, as federated credentials have it", async () => {
  await using cluster = await startCluster();
  const { platform, provider, volume } = cluster;
  const token = await platform.sign({ aud: "api://AzureADTokenExchange" });
  await volume.project(token);
  // Entra ID's answer; `oidc-provider` takes no assertions that others have signed.
  provider.intercept(({ endpoint }) =>
    endpoint === "token"
      ? { status: 200, body: { access_token: "opaque", token_type: "Bearer", expires_in: 3599 } }
      : undefined
  );
  await using program = await cluster.start({
    OIDC_WORKLOAD_AS: "client",
    OIDC_SCOPES: "api://backend/.default",
  });
  program.initialize();
  const { parameters } = await provider.requested(({ endpoint }) => endpoint === "token");
  assert.deepEqual(Object.fromEntries(parameters), {
    grant_type: "client_credentials",
    client_id: "agent",
    client_assertion: token,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    scope: "api://backend/.default",
  });
});
