import assert from "node:assert/strict";
import { join } from "node:path";
import { checkWorkload } from "../../../src/cli/doctor/checks/workload.ts";
import { unsignedJwt } from "../../oidc/unsigned_jwt.ts";
import { CommandRoom } from "../command_room.ts";
import { examinationOf, inShort } from "./examination_of.ts";

Deno.test("doctor: what the JWT of a workload says of itself is told, and never the JWT", async () => {
  await using room = new CommandRoom();
  const file = join(room.home, "jwt");
  const variables = {
    MCP_BACKEND_URL: "https://backend.test/mcp",
    OIDC_ISSUER_URL: room.issuer,
    OIDC_CLIENT_ID: "client",
    OIDC_FLOW: "workload",
    OIDC_ASSERTION_FILE: file,
  };
  const missing = await checkWorkload(await examinationOf(variables));
  assert.deepEqual(missing.map(({ check, verdict }) => [check, verdict]), [
    ["workload", "failure"],
  ]);
  assert.ok(missing[0]!.found.includes(file), missing[0]!.found);
  assert.ok(missing[0]!.fix);
  const token = unsignedJwt({
    iss: "https://cluster.test",
    sub: "robot",
    aud: "tools",
    exp: Math.floor(Date.now() / 1000) + 600,
  });
  await Deno.writeTextFile(file, token);
  const [[verdict, found], ...others] = inShort(
    await checkWorkload(await examinationOf(variables)),
  );
  assert.deepEqual([verdict, others], ["ok", []]);
  assert.match(found!, /^the JWT in .* has .*https:\/\/cluster\.test.*robot.*tools/);
  assert.ok(found!.startsWith(`the JWT in ${file}`) || found!.includes(file), found);
  assert.ok(!found!.includes(token));
  const person = await examinationOf({ ...variables, OIDC_FLOW: "auto" });
  assert.deepEqual(await checkWorkload(person), [], "of a person nothing is said");
});
