import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { startEverything } from "../support/everything.ts";
import { startGateway } from "../support/gateway.ts";
import { repository } from "../support/paths.ts";
import { until } from "../support/until.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import { findCounterparts } from "./counterparts.ts";
import { startPeerStage } from "./peer_stage.ts";
import thisProgram from "./peers/this_program/counterpart.ts";

const audience = "https://backend.test/mcp";

Deno.test("every peer is pinned, and can be let in where a backend only validates tokens", async () => {
  const { peers } = await findCounterparts();
  ok(peers.length >= 6);
  for (const { name, versions, ways } of peers) {
    match(name, /^peer-/);
    for (const version of Object.values(versions)) match(version, /^\d+\.\d+\.\d+$/);
    if (name !== thisProgram.name) ok(Object.keys(versions).length > 0, `${name} names no version`);
    ok(ways["static token"] ?? ways.browser, `${name} cannot be measured at a backend`);
  }
});

Deno.test("at a desk somebody signs in as soon as a page opens", async () => {
  await using stage = await startPeerStage({ audience });
  await using server = await startEverything();
  await using gateway = await startGateway({ provider: stage.provider, backend: server.url });
  await using desk = await stage.openDesk();
  const { browser } = thisProgram.ways;
  const token = await stage.getToken(audience);
  const { url } = gateway;
  const options = desk.options({ directory: "", url, era: "2025", token });
  const settings = desk.settings(browser(options));
  let log = "";
  const onLog = (text: string) => log += text;
  {
    await using connection = await connectThroughProgram(settings, { era: "2025", onLog });
    ok((await connection.listTools()).includes("echo"), log);
  }
  equal(desk.tabs(), 1);
  deepEqual(desk.troubles, []);
});

Deno.test("what a person sees who cannot sign in is kept", async () => {
  await using stage = await startPeerStage({ audience });
  await using desk = await stage.openDesk();
  const { path = [], env = {} } = desk.settings({});
  const page = `${stage.provider.issuer}/auth?client_id=nobody`;
  // As any program opens the browser: by the system's opener, or by BROWSER.
  for (const opener of [`${path[0]}/xdg-open`, env.BROWSER!]) {
    const { success } = await new Deno.Command(opener, { args: [page] }).output();
    equal(success, true);
  }
  await until(() => desk.troubles.length === 2, "both pages seen");
  deepEqual(desk.troubles, ["a page of status 400", "a page of status 400"]);
  equal(desk.tabs(), 2);
});

Deno.test("a run with peers is red only when nothing could be measured at all", async () => {
  const file = await Deno.makeTempFile();
  try {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--cached-only",
        "--config",
        join(repository, "tests", "deno.json"),
        "-A",
        join(repository, "tests", "interop", "main.ts"),
        "--peers",
        thisProgram.name,
      ],
      // There is no room in it: nothing can be installed there.
      env: { AUTHFUL_INTEROP_CACHE: join(file, "cache") },
    }).output();
    equal(code, 1);
    match(new TextDecoder().decode(stdout), /^ignored: peer-this: /m);
  } finally {
    await Deno.remove(file);
  }
});
