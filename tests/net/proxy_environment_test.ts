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
  ["with a URL behind it", backend, { HTTPS_PROXY: "x:1/http://y" }, "HTTPS_PROXY x:1"],
  ["around spaces", backend, { HTTPS_PROXY: ` ${proxyUrl} ` }, "HTTPS_PROXY proxy.test:3128"],
  ["nothing but spaces", backend, { HTTPS_PROXY: " ", ALL_PROXY: "x:1" }, "ALL_PROXY x:1"],
  ["a scheme in capitals", backend, { HTTPS_PROXY: "HTTP://x:1" }, "HTTPS_PROXY x:1"],
  ["by https", backend, { HTTPS_PROXY: "https://x:1" }, "HTTPS_PROXY x:1"],
  ["socks5", backend, { HTTPS_PROXY: "socks5://x:1" }, "HTTPS_PROXY x:1"],
  ["another scheme", backend, { HTTPS_PROXY: "xhttp://x:1" }, undefined],
  ["another scheme yet", backend, { HTTPS_PROXY: "httpx://x:1" }, undefined],
  ["without a host", backend, { HTTPS_PROXY: "socks5:///x" }, undefined],
  ["no URL", backend, { HTTPS_PROXY: "http://" }, undefined],
  ["with a user of that form", backend, { HTTPS_PROXY: "a-b://c@x" }, undefined],
  ["all in small letters", "http://b.test/", { all_proxy: "x:1" }, "all_proxy x:1"],
  ["http in small letters", "http://b.test/", { http_proxy: "x:1" }, "http_proxy x:1"],
  ["http before all", "http://b.test/", { HTTP_PROXY: "x:1", ALL_PROXY: "y:1" }, "HTTP_PROXY x:1"],
  [
    "https at a CGI program",
    backend,
    { HTTPS_PROXY: "x:1", REQUEST_METHOD: "" },
    "HTTPS_PROXY x:1",
  ],
  ["for no web page", "ftp://b.test/", { ALL_PROXY: "x:1" }, undefined],
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
  [".", backend, false],
  ["corp.test:80", "http://mcp.corp.test/", true],
  ["corp.test:x", backend, false],
  ["corp.test:443x", backend, false],
  ["[fd00::1]:8443", "https://[fd00::1]/", false],
  ["[fd00::1]x", "https://[fd00::1]/", false],
  ["x[fd00::1]", "https://[fd00::1]/", false],
  ["fd00::1", "https://[fd00::1]/", true],
  ["fd00::1", "https://[fd00::2]/", false],
  ["10", "https://10.1.2.3/", true],
  ["10.*.*.*", "https://10.1.2.3/", true],
  ["10.1.2.*", "https://10.1.2.3/", true],
  ["10.1.2.*", "https://10.1.3.3/", false],
  ["1.2.3", "https://10.1.2.3/", false],
  ["10.*.5", "https://10.5.0.1/", false],
  ["10.1.2.3.test", "https://10.1.2.3.test/", true],
  ["test", "https://10.1.2.3.test/", true],
  ["fd00::/8", "https://[fd00:1:2::7]/", true],
  ["fd00:0::/32", "https://[fd00:1::7]/", false],
  ["10.1.2.3.", "https://10.1.2.3/", true],
  ["10.1.2.3.4", "https://10.1.2.3/", false],
  ["0.0.0.0/0", "https://10.1.2.3/", true],
  ["0.0.0.0/0", "https://[fd00::1]/", false],
  ["::/0", "https://[fd00::1]/", true],
  ["::/0", "https://10.1.2.3/", false],
  ["128.0.0.0/1", "https://200.1.2.3/", true],
  ["128.0.0.0/1", "https://127.1.2.3:1/", true],
  ["128.0.0.0/1", "https://100.1.2.3/", false],
  ["10.1.2.2/31", "https://10.1.2.3/", true],
  ["10.1.2.2/31", "https://10.1.2.4/", false],
  ["10.1.2.3/32", "https://10.1.2.3/", true],
  ["10.1.2.3/32", "https://10.1.2.2/", false],
  ["10.1.0.0/16", "https://10.1.255.255/", true],
  ["10.1.0.0/16", "https://10.2.0.0/", false],
  ["fc00::/7", "https://[fd12::7]/", true],
  ["fc00::/7", "https://[fe00::7]/", false],
  ["fd00::1/128", "https://[fd00::1]/", true],
  ["fd00::1/128", "https://[fd00::]/", false],
  ["1:2:3:4:5:6:7:8", "https://[1:2:3:4:5:6:7:8]/", true],
  ["1:2:3:4:5:6:7:8", "https://[1:2:3:4:5:6:7:9]/", false],
  ["1:2:3:4:5:6:7:800", "https://[1:2:3:4:5:6:7:8]/", false],
  ["::ffff:10.1.2.3", "https://[::ffff:a01:203]/", true],
  ["fd00::/x", "https://[fe00::]/", false],
  ["no::address::", "https://[fd00::1]/", false],
  ["a.test/8", "https://a.test/", false],
];
for (const [exception, url, isDirect] of exceptionCases) {
  Deno.test(`NO_PROXY=${exception}: ${url} is reached ${isDirect ? "directly" : "by proxy"}`, () => {
    const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY: exception };
    assert.equal(chosen(url, variables) === undefined, isDirect);
  });
}

Deno.test("an empty NO_PROXY leaves the one in small letters in force", () => {
  for (const NO_PROXY of ["", " "]) {
    const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY, no_proxy: "corp.test" };
    assert.equal(chosen(backend, variables), undefined);
  }
  const both = { HTTPS_PROXY: proxyUrl, NO_PROXY: "other.test", no_proxy: "corp.test" };
  assert.notEqual(chosen(backend, both), undefined);
});

Deno.test("an exception for one port holds for the backend that has it", () => {
  const variables = { HTTPS_PROXY: proxyUrl, NO_PROXY: "corp.test:8443" };
  const target = "https://mcp.corp.test:8443/mcp";
  assert.equal(chosen(target, variables, [target]), undefined);
  assert.notEqual(chosen(backend, variables, [backend]), undefined);
  // The usual port of the scheme is one as well.
  const usual = { ...variables, NO_PROXY: "corp.test:80" };
  assert.notEqual(chosen(backend, usual, [backend]), undefined);
  assert.equal(chosen(backend, usual, [backend, "http://corp.test/"]), undefined);
  const https = { ...variables, NO_PROXY: "corp.test:443" };
  assert.equal(chosen(backend, https, [backend]), undefined);
  assert.equal(chosen(backend, https, ["http://other.test/"]), undefined);
  assert.notEqual(chosen(backend, https, ["http://mcp.corp.test/"]), undefined);
  const six = { ...variables, NO_PROXY: "[fd00::1]:8443" };
  assert.equal(chosen("https://[fd00::1]/", six, ["https://[fd00::1]:8443/"]), undefined);
  // An address does not end with another one.
  const part = { ...variables, NO_PROXY: "1.2.3:8443" };
  assert.notEqual(chosen("https://1.2.3.4/", part, ["https://10.1.2.3:8443/"]), undefined);
});

Deno.test("Deno is told the same in words that it knows", () => {
  const forDeno = (variables: Variables) => readProxyEnvironment((name) => variables[name]).forDeno;
  const nothing = {
    HTTPS_PROXY: undefined,
    HTTP_PROXY: undefined,
    NO_PROXY: undefined,
    ALL_PROXY: undefined,
    all_proxy: undefined,
  };
  const here = "localhost,127.0.0.0/8,::1";
  assert.deepEqual(forDeno({ NO_PROXY: "a.test" }), nothing);
  const rows: [Variables, Partial<typeof nothing> | Variables][] = [
    [{ HTTPS_PROXY: "p.test:1" }, { HTTPS_PROXY: "http://p.test:1", NO_PROXY: here }],
    [{ http_proxy: "https://p.test:1/x" }, { HTTP_PROXY: "https://p.test:1", NO_PROXY: here }],
    [{ ALL_PROXY: "socks5h://p.test:1" }, {
      HTTPS_PROXY: "socks5h://p.test:1",
      HTTP_PROXY: "socks5h://p.test:1",
      NO_PROXY: here,
    }],
    [{ HTTPS_PROXY: "http://ada@p.test" }, { HTTPS_PROXY: "http://ada:@p.test", NO_PROXY: here }],
    [{ HTTPS_PROXY: "http://:pw@p.test" }, { HTTPS_PROXY: "http://:pw@p.test", NO_PROXY: here }],
    [{ HTTPS_PROXY: "http://ada:p%40@p.test" }, {
      HTTPS_PROXY: "http://ada:p%40@p.test",
      NO_PROXY: here,
    }],
    [
      {
        HTTPS_PROXY: "p.test:1",
        NO_PROXY: ", A.test,, .b.test  *.c.test . 10 192.168.* 1.2.3. x:1 [::2]:443 d.test:80,",
      },
      {
        HTTPS_PROXY: "http://p.test:1",
        NO_PROXY: `a.test,b.test,c.test,10.0.0.0/8,192.168.0.0/16,1.2.3.0/24,::2,d.test,${here}`,
      },
    ],
  ];
  for (const [variables, told] of rows) {
    assert.deepEqual(forDeno(variables), { ...nothing, ...told });
  }
});

Deno.test("the proxies that there are, and the variables that name none", () => {
  const read = (variables: Variables) => {
    const { proxies, unusable } = readProxyEnvironment((name) => variables[name]);
    return [proxies.map(({ url, variable }) => `${variable} ${url.host}`), unusable];
  };
  assert.deepEqual(read({}), [[], []]);
  assert.deepEqual(read({ HTTPS_PROXY: "a:1", http_proxy: "b:1" }), [
    ["HTTPS_PROXY a:1", "http_proxy b:1"],
    [],
  ]);
  assert.deepEqual(read({ HTTPS_PROXY: "ftp://a:1", ALL_PROXY: "ftp://b:1" }), [
    [],
    ["HTTPS_PROXY", "ALL_PROXY"],
  ]);
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
