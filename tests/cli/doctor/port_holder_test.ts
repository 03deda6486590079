import assert from "node:assert/strict";
import { listenerOf, portHolder } from "../../../src/cli/doctor/port_holder.ts";
import { findOnPath } from "../../../src/platform/find_on_path.ts";

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

Deno.test("the holder of a port is found in netstat's table, whatever its language", () => {
  const table = [
    "",
    "Aktive Verbindungen",
    "",
    "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
    "  TCP    127.0.0.1:50112        127.0.0.1:8080         HERGESTELLT      11",
    "  TCP    127.0.0.1:18080        0.0.0.0:0              ABHÖREN          12",
    "  TCP    127.0.0.1:8080         127.0.0.1:50112        HERGESTELLT      13",
    "  TCP    127.0.0.1:8080         0.0.0.0:0              ABHÖREN          4711",
    "  TCP    [::1]:8081             [::]:0                 ABHÖREN          4712",
    "  UDP    0.0.0.0:8082           *:*                                     4713",
    "",
  ].join("\r\n");
  assert.equal(listenerOf("8080", table), "4711");
  assert.equal(listenerOf("8081", table), "4712");
  assert.equal(listenerOf("8082", table), undefined);
});
