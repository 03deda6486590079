import assert from "node:assert/strict";
import { listenForRedirect } from "../../../src/oidc/flows/redirect_listener.ts";
import { failure } from "../rig.ts";
import { freePort } from "../../support/free_port.ts";
import { untilPortIsFree } from "../../support/until_port_is_free.ts";

const here = { handle: () => new Response("here"), refuse: () => new Response("no") };

function listen(url: string) {
  return Promise.resolve().then(() => listenForRedirect(new URL(url), here));
}

/** Whether this machine has ::1 at all. */
function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("localhost is listened on by IPv4 and IPv6, and freed again", async () => {
  const port = freePort();
  {
    await using listener = await listen(`http://localhost:${port}/cb`);
    assert.equal(listener.redirectUrl, `http://localhost:${port}/cb`);
    const hosts = ["127.0.0.1", ...hasIpv6() ? ["::1"] : []];
    for (const hostname of hosts) {
      using connection = await Deno.connect({ hostname, port });
      assert.equal(connection.remoteAddr.transport, "tcp");
    }
    const response = await fetch(listener.redirectUrl);
    assert.equal(await response.text(), "here");
  }
  await untilPortIsFree(port);
});

Deno.test("any port of localhost is one port, free on IPv4 and IPv6", async () => {
  const listeners = await Promise.all(
    Array.from({ length: 20 }, () => listen("http://localhost:0/cb")),
  );
  try {
    const ports = listeners.map(({ redirectUrl }) => {
      const { origin, port } = new URL(redirectUrl);
      assert.equal(origin, `http://localhost:${port}`);
      return Number(port);
    });
    assert.equal(new Set(ports).size, 20);
    for (const port of ports) {
      for (const hostname of hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
        (await Deno.connect({ hostname, port })).close();
      }
    }
  } finally {
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  }
});

Deno.test("a second address of localhost that is kept from us is no address that is not there", async () => {
  // Another program may be given the half that we go without, and the browser may go to it.
  const module = import.meta.resolve("../../../src/oidc/flows/redirect_listener.ts");
  const script = `
    import { listenForRedirect } from ${JSON.stringify(module)};
    const respond = () => new Response();
    try {
      listenForRedirect(new URL("http://localhost:0/callback"), {
        handle: respond,
        refuse: respond,
      });
      console.log("listens");
    } catch (error) {
      console.log(error.reason);
    }
    Deno.exit();`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, script);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env", file],
    }).output();
    const said = new TextDecoder().decode(stdout).trim();
    assert.equal(said, "redirect_unavailable", new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("whoever connects and says nothing, or sends for ever, holds nobody up", async () => {
  const port = freePort();
  const listener = await listen(`http://127.0.0.1:${port}/cb`);
  using silent = await Deno.connect({ hostname: "127.0.0.1", port });
  using endless = await Deno.connect({ hostname: "127.0.0.1", port });
  await endless.write(
    new TextEncoder().encode("POST /cb HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\n"),
  );
  await endless.read(new Uint8Array(99));
  const before = performance.now();
  await listener[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 1_500);
  await untilPortIsFree(port);
  assert.equal(silent.remoteAddr.transport, "tcp");
});

Deno.test("nothing is reachable from other machines", async () => {
  await using listener = await listen("http://127.0.0.1:0/cb");
  const port = Number(new URL(listener.redirectUrl).port);
  const outside = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (!outside) return;
  await assert.rejects(Deno.connect({ hostname: outside.address, port }));
});

for (const other of ["127.0.0.1", "::1"]) {
  Deno.test({
    name: `localhost counts as taken when somebody else has the port on ${other}`,
    ignore: !hasIpv6(), // This machine has no ::1.
    async fn() {
      const port = freePort();
      using _other = Deno.listen({ hostname: other, port });
      const error = await failure(listen(`http://localhost:${port}/cb`));
      assert.equal(error.reason, "redirect_port_taken");
      assert.match(error.message, new RegExp(`port ${port} .*OIDC_REDIRECT_URL`));
      // The half that was free is free again.
      await untilPortIsFree(port, other === "::1" ? "127.0.0.1" : "::1");
    },
  });
}
