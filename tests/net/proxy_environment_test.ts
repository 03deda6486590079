import assert from "node:assert/strict";
import { readProxyEnvironment } from "../../src/net/proxy_environment.ts";
import { authenticationRequired, startForwardProxy } from "../support/forward_proxy.ts";

const proxyUrl = "http://proxy.test:3128";
type Variables = Record<string, string>;

function chosen(url: string, variables: Variables, targets: string[] = []): string | undefined {
  const environment = readProxyEnvironment(
    (name) => variables[name],
    targets.map((target) => new URL(target)),
  );
  const proxy = environment.proxyFor(new URL(url));
  return proxy && `${proxy.variable} ${proxy.url.host}`;
}

const backend = "https://mcp.corp.test/mcp";
const variableCases: [name: string, url: string, Variables, string | undefined][] = [
  ["none is set", backend, {}, undefined],
  ["for https", backend, { HTTPS_PROXY: proxyUrl }, "HTTPS_PROXY proxy.test:3128"],
  ["in small letters", backend, { https_proxy: proxyUrl }, "https_proxy proxy.test:3128"],
  [
    "capitals first",
    backend,
    { HTTPS_PROXY: proxyUrl, https_proxy: "x:1" },
    "HTTPS_PROXY proxy.test:3128",
  ],
  [
    "empty beside small letters",
    backend,
    { HTTPS_PROXY: "", https_proxy: proxyUrl },
    "https_proxy proxy.test:3128",
  ],
  ["for http only", backend, { HTTP_PROXY: proxyUrl }, undefined],
  ["for all", backend, { ALL_PROXY: proxyUrl }, "ALL_PROXY proxy.test:3128"],
  [
    "for https before for all",
    backend,
    { ALL_PROXY: "x:1", HTTPS_PROXY: proxyUrl },
    "HTTPS_PROXY proxy.test:3128",
  ],
  ["without a scheme", backend, { HTTPS_PROXY: "proxy.test:3128" }, "HTTPS_PROXY proxy.test:3128"],
  ["socks", backend, { HTTPS_PROXY: "socks5h://proxy.test:1080" }, "HTTPS_PROXY proxy.test:1080"],
  [
    "one that cannot be used",
    backend,
    { HTTPS_PROXY: "socks4://x:1", ALL_PROXY: proxyUrl },
    "ALL_PROXY proxy.test:3128",
  ],
  ["this machine by name", "http://localhost:1/", { HTTP_PROXY: proxyUrl }, undefined],
  ["this machine by address", "http://127.0.0.53:1/", { HTTP_PROXY: proxyUrl }, undefined],
  ["this machine in IPv6", "http://[::1]:1/", { HTTP_PROXY: proxyUrl }, undefined],
  ["a CGI program", "http://b.test/", { HTTP_PROXY: proxyUrl, REQUEST_METHOD: "GET" }, undefined],
];
for (const [name, url, variables, expected] of variableCases) {
  Deno.test(`proxy of the environment: ${name}`, () => {
    assert.equal(chosen(url, variables), expected);
  });
}

const exceptionCases: [exception: string, url: string, isDirect: boolean][] = [
  ["mcp.corp.test", backend, true],
  ["other.test, mcp.corp.test", backend, true],
  ["other.test mcp.corp.test", backend, true],
  ["corp.test", backend, true],
  [".corp.test", backend, true],
  ["*.corp.test", backend, true],
  ["*.corp.test", "https://corp.test/", true],
  ["CORP.TEST", backend, true],
  ["corp.test.", backend, true],
  ["orp.test", backend, false],
  ["mcp.corp.test.evil", backend, false],
  ["*", backend, true],
  ["corp.test:443", backend, true],
  ["corp.test:8443", backend, false],
  ["10.0.0.0/8", "https://10.1.2.3/", true],
  ["10.0.0.0/8", "https://11.1.2.3/", false],
  ["10.1.2.3", "https://10.1.2.3/", true],
  ["10.1.2.3:443", "https://10.1.2.3/", true],
  ["10.*", "https://10.1.2.3/", true],
  ["192.168.", "https://192.168.7.7/", true],
  ["192.168.", "https://192.169.7.7/", false],
  ["10.0.0.0/9", "https://10.200.0.1/", false],
  ["fd00::/8", "https://[fd12::7]/", true],
  ["fd00::/8", "https://[fe80::7]/", false],
  ["[fd00::1]", "https://[fd00::1]/", true],
  ["[fd00::1]:443", "https://[fd00:0::0:1]/", true],
  ["10.0.0.0/8", backend, false],
];
for (const [exception, url, isDirect] of exceptionCases) {
  Deno.test(`NO_PROXY=${exception}: ${url} is reached ${isDirect ? "directly" : "by proxy"}`, () => {
    const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY: exception };
    assert.equal(chosen(url, variables) === undefined, isDirect);
  });
}

Deno.test("an empty NO_PROXY leaves the one in small letters in force", () => {
  const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY: "", no_proxy: "corp.test" };
  assert.equal(chosen(backend, variables), undefined);
});

Deno.test("an exception for one port holds for the backend that has it", () => {
  const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY: "corp.test:8443" };
  const target = "https://mcp.corp.test:8443/mcp";
  assert.equal(chosen(target, variables, [target]), undefined);
  assert.notEqual(chosen(backend, variables, [backend]), undefined);
});

/**
 * What requests really do: a child process applies the environment and fetches; the proxy tells what
 * was asked of it. A direct request fails as the name does not exist.
 */
const realCases: [
  name: string,
  url: string,
  variables: (proxy: URL) => Variables,
  asked: string[],
][] = [
  ["http", "http://b.test/", (p) => ({ HTTP_PROXY: p.href }), ["GET http://b.test/ HTTP/1.1"]],
  ["small letters", "http://b.test/", (p) => ({ http_proxy: p.href }), [
    "GET http://b.test/ HTTP/1.1",
  ]],
  ["https", "https://b.test/", (p) => ({ HTTPS_PROXY: p.href }), ["CONNECT b.test:443 HTTP/1.1"]],
  ["no scheme", "https://b.test/", (p) => ({ HTTPS_PROXY: p.host }), [
    "CONNECT b.test:443 HTTP/1.1",
  ]],
  ["all", "https://b.test/", (p) => ({ ALL_PROXY: p.href }), ["CONNECT b.test:443 HTTP/1.1"]],
  [
    "https before all",
    "https://b.test/",
    (p) => ({ ALL_PROXY: "http://127.0.0.1:6", HTTPS_PROXY: p.href }),
    ["CONNECT b.test:443 HTTP/1.1"],
  ],
  [
    "a user without a password",
    "https://b.test/",
    (p) => ({ HTTPS_PROXY: `http://ada@${p.host}` }),
    ["CONNECT b.test:443 HTTP/1.1 (ada:)"],
  ],
  ...["*.b.test", "B.TEST", "b.test:443", "x b.test", "b.test."].map((
    exception,
  ): typeof realCases[0] => [
    `NO_PROXY=${exception}`,
    "https://a.b.test/",
    (p) => ({ HTTPS_PROXY: p.href, NO_PROXY: exception }),
    [],
  ]),
  [
    "NO_PROXY empty",
    "https://b.test/",
    (p) => ({ HTTPS_PROXY: p.href, NO_PROXY: "", no_proxy: "b.test" }),
    [],
  ],
  [
    "NO_PROXY of another",
    "https://b.test/",
    (p) => ({ HTTPS_PROXY: p.href, NO_PROXY: "*.a.test,10.0.0.0/8" }),
    ["CONNECT b.test:443 HTTP/1.1"],
  ],
  ["this machine", "http://127.0.0.1:6/", (p) => ({ HTTP_PROXY: p.href }), []],
];
const module = new URL("../../src/net/proxy.ts", import.meta.url).href;
Deno.test("Deno does what is read from the environment", async (t) => {
  for (const [name, url, variables, asked] of realCases) {
    await t.step(name, async () => {
      await using proxy = startForwardProxy({ answer: () => authenticationRequired });
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--quiet",
          `import { applyProxyEnvironment, proxyFor } from ${JSON.stringify(module)};
          const url = new URL(${JSON.stringify(url)});
          await applyProxyEnvironment([url]);
          await fetch(url).then((response) => response.text(), () => {});
          console.log(proxyFor(url) !== undefined);`,
        ],
        clearEnv: true,
        env: { HOME: Deno.env.get("HOME") ?? "/", NO_COLOR: "1", ...variables(proxy.url) },
      }).output();
      assert.equal(new TextDecoder().decode(stderr), "");
      assert.deepEqual(proxy.requests, asked);
      assert.equal(new TextDecoder().decode(stdout).trim(), String(asked.length > 0));
    });
  }
});
