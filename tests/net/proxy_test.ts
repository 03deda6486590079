import assert from "node:assert/strict";
import { redact } from "../../src/base/redactor.ts";

const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);
let loads = 0;

/** The module as it is at the start of a program, in an environment with these variables alone. */
async function inEnvironment(
  variables: Record<string, string>,
  run: (module: typeof import("../../src/net/proxy.ts")) => Promise<void>,
): Promise<void> {
  const before = new Map([...names, "REQUEST_METHOD"].map((name) => [name, Deno.env.get(name)]));
  const module = new URL(`../../src/net/proxy.ts?load=${++loads}`, import.meta.url).href;
  try {
    for (const name of before.keys()) Deno.env.delete(name);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    await run(await import(module));
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const env = () =>
  Object.fromEntries(
    names.map((name) => [name, Deno.env.get(name)]).filter(([, value]) => value !== undefined),
  );
const backend = new URL("https://backend.test/mcp");

Deno.test("without a proxy in the environment nothing is changed", async () => {
  const rows: Record<string, string>[] = [{}, { NO_PROXY: "a.test" }, { HTTPS_PROXY: "" }];
  for (const variables of rows) {
    await inEnvironment(variables, async (module) => {
      await module.applyProxyEnvironment([backend]);
      assert.deepEqual(env(), variables);
      assert.equal(module.proxyFor(backend), undefined);
      assert.deepEqual(module.unusableProxyVariables(), []);
      assert.deepEqual(module.replacedProxyVariables(), {});
    });
  }
});

const loopback = "localhost,127.0.0.0/8,::1";

Deno.test("each variable of a proxy counts, in capitals or not", async () => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
    await inEnvironment({ [name]: "proxy.test:1" }, async (module) => {
      assert.equal(module.proxyFor(backend), undefined, "it is not read yet");
      await module.applyProxyEnvironment([]);
      assert.equal(module.proxyFor(backend)?.variable, name);
    });
  }
  for (const name of ["HTTP_PROXY", "http_proxy"]) {
    await inEnvironment({ [name]: "proxy.test:1" }, async (module) => {
      await module.applyProxyEnvironment([]);
      assert.equal(module.proxyFor(new URL("http://backend.test/"))?.variable, name);
      assert.equal(module.proxyFor(backend), undefined);
    });
  }
});

Deno.test("Deno finds what is meant, and whoever is started what was written", async () => {
  const written = {
    HTTPS_PROXY: "proxy.test:1",
    HTTP_PROXY: "http://proxy.test",
    ALL_PROXY: "http://other.test:2",
    no_proxy: "a.test",
    NO_PROXY: "*.b.test",
  };
  await inEnvironment(written, async (module) => {
    await module.applyProxyEnvironment([]);
    assert.deepEqual(env(), {
      HTTPS_PROXY: "http://proxy.test:1",
      HTTP_PROXY: "http://proxy.test",
      NO_PROXY: `b.test,${loopback}`,
      no_proxy: "a.test",
    });
    const { HTTP_PROXY: _same, no_proxy: _kept, ...replaced } = written;
    assert.deepEqual(module.replacedProxyVariables(), replaced);
    const read = module.asWritten((name) => Deno.env.get(name));
    for (const [name, value] of Object.entries(written)) assert.equal(read(name), value);
    assert.equal(read("all_proxy"), undefined);
  });
});

Deno.test("what was not set is not there for whoever is started", async () => {
  await inEnvironment({ HTTPS_PROXY: "http://proxy.test:1" }, async (module) => {
    await module.applyProxyEnvironment([]);
    assert.deepEqual(env(), { HTTPS_PROXY: "http://proxy.test:1", NO_PROXY: loopback });
    assert.deepEqual(module.replacedProxyVariables(), {});
    assert.equal(module.asWritten((name) => Deno.env.get(name))("NO_PROXY"), undefined);
  });
});

Deno.test("the environment is read once, with the ports that are known to be requested", async () => {
  await inEnvironment(
    { HTTPS_PROXY: "proxy.test:1", NO_PROXY: "backend.test:8443" },
    async (module) => {
      const target = new URL("https://backend.test:8443/");
      await module.applyProxyEnvironment([target]);
      assert.equal(module.proxyFor(target), undefined);
      Deno.env.set("HTTPS_PROXY", "else.test:2");
      await module.applyProxyEnvironment([]);
      assert.equal(Deno.env.get("HTTPS_PROXY"), "else.test:2");
      assert.equal(module.proxyFor(new URL("https://x.test/"))?.url.host, "proxy.test:1");
    },
  );
});

Deno.test("this machine is reached directly, whatever is set", async () => {
  await inEnvironment({ ALL_PROXY: "proxy.test:1" }, async (module) => {
    await module.applyProxyEnvironment([]);
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      assert.equal(module.proxyFor(new URL(`https://${host}/`)), undefined);
    }
    assert.notEqual(module.proxyFor(backend), undefined);
  });
});

Deno.test("variables that name no proxy are told", async () => {
  await inEnvironment({ HTTPS_PROXY: "socks4://x:1" }, async (module) => {
    await module.applyProxyEnvironment([]);
    assert.deepEqual(module.unusableProxyVariables(), ["HTTPS_PROXY"]);
  });
});

Deno.test("a proxy's password is a secret, as it is written and as it is meant", async () => {
  const name = `password${loads}`;
  const url = `http://ada:proxy%2d${name}@proxy.test:3128`;
  await inEnvironment({ HTTPS_PROXY: url }, async (module) => {
    await module.applyProxyEnvironment([]);
    for (const text of [`proxy%2d${name}`, `proxy-${name}`]) {
      assert.ok(!redact(`it is ${text}`).includes(name), text);
    }
    assert.equal(
      module.shownProxy(module.proxyFor(backend)!),
      "http://proxy.test:3128 (HTTPS_PROXY)",
    );
  });
});
