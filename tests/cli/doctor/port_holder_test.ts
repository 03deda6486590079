import assert from "node:assert/strict";
import { portHolder } from "../../../src/cli/doctor/port_holder.ts";
import { findOnPath } from "../../../src/find_on_path.ts";

Deno.test({
  name: "portHolder names the process where the system's tools tell",
  ignore: Deno.build.os === "windows" ||
    !(await findOnPath("lsof") || await findOnPath("ss")),
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const holder = await portHolder(String(listener.addr.port), Deno.build.os);
    assert.match(holder ?? "", new RegExp(`process ${Deno.pid}\\b`));
  },
});

Deno.test("portHolder says nothing of a port that nobody holds", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String(listener.addr.port);
  listener.close();
  assert.equal(await portHolder(port, Deno.build.os), undefined);
});
