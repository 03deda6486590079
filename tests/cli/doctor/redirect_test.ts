import assert from "node:assert/strict";
import { checkRedirect } from "../../../src/cli/doctor/checks/redirect.ts";
import { freePort } from "../../support/free_port.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const findings = async (
  urls: string,
  more: Record<string, string> = {},
  holderOf?: (port: string, os: string) => Promise<string | undefined>,
) => {
  const found = await checkRedirect(
    await examinationOf({
      MCP_BACKEND_URL: "https://backend.test/mcp",
      OIDC_REDIRECT_URL: urls,
      ...more,
    }),
    { holderOf },
  );
  for (const { check } of found) assert.equal(check, "redirect");
  return inShort(found);
};

const fix = "end that program, or register another redirect URL at the provider and set " +
  "OIDC_REDIRECT_URL to it";

Deno.test("doctor: a redirect URL that is free is, and stays so", async () => {
  const url = `http://127.0.0.1:${freePort()}/callback`;
  assert.deepEqual(await findings(url), [["ok", `${url} is free`]]);
  assert.deepEqual(await findings(url), [["ok", `${url} is free`]]);
});

Deno.test("doctor: who holds the port of a redirect URL is told", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const { port } = listener.addr;
  const url = `http://127.0.0.1:${port}/callback`;
  const asked: string[][] = [];
  const held = await findings(url, {}, (...words) => {
    asked.push(words);
    return Promise.resolve("ada's program (process 7)");
  });
  const told = `port ${port} of ${url} is held by ada's program (process 7)`;
  assert.deepEqual(held, [["failure", told, fix]]);
  assert.deepEqual(asked, [[`${port}`, Deno.build.os]]);
  // Where the system's tools do not tell.
  const [[verdict, found, cure], ...others] = await findings(
    url,
    {},
    () => Promise.resolve(undefined),
  );
  assert.deepEqual([verdict, cure, others], ["failure", fix, []]);
  assert.ok(found!.includes(`${port}`) && !found!.includes("is held by"), found);
  const free = `http://127.0.0.1:${freePort()}/callback`;
  const both = await findings(`${url} ${free}`, {}, () => Promise.resolve(undefined));
  assert.deepEqual(both, [["warning", found, fix], ["ok", `${free} is free`]], "one is enough");
});

Deno.test("doctor: a redirect URL without a port is about the one of http", async () => {
  let listener: Deno.Listener | undefined;
  try {
    listener = Deno.listen({ hostname: "127.0.0.1", port: 80 });
  } catch {
    // Only root may listen there, where it is not listened on already.
  }
  const asked: string[] = [];
  const [[verdict, found]] = await findings("http://127.0.0.1/callback", {}, (port) => {
    asked.push(port);
    return Promise.resolve("somebody");
  }) as [string[]];
  listener?.close();
  assert.equal(verdict, "failure");
  if (asked.length === 0) return;
  assert.deepEqual(asked, ["80"]);
  assert.equal(found, "port 80 of http://127.0.0.1/callback is held by somebody");
});

Deno.test("doctor: a redirect URL that cannot be listened on is told as that", async () => {
  const [[verdict, found, cure]] = await findings("http://127.0.0.1:1/callback") as [string[]];
  if (verdict === "failure") assert.deepEqual([/:1/.test(found!), cure], [true, fix]);
  else assert.equal(found, "http://127.0.0.1:1/callback is free", "root may listen there");
});

Deno.test("doctor: no redirect URL is needed by flows without a browser on this machine", async () => {
  const assertion = { OIDC_ASSERTION_FILE: "/jwt" };
  const rows: [flow: string, variables?: Record<string, string>][] = [
    ["device"],
    ["client-credentials", { OIDC_CLIENT_SECRET: "secret-of-client" }],
    ["workload", assertion],
  ];
  using _listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const [flow, variables] of rows) {
    const found = await findings(`http://127.0.0.1:${freePort()}/`, {
      OIDC_FLOW: flow,
      ...variables,
    });
    assert.deepEqual(found, [["ok", `not needed by the flow ${flow}`]]);
  }
  for (const flow of ["auto", "browser", "paste"]) {
    const url = `http://127.0.0.1:${freePort()}/`;
    assert.deepEqual(await findings(url, { OIDC_FLOW: flow }), [["ok", `${url} is free`]]);
  }
});
