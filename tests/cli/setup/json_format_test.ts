import assert from "node:assert/strict";
import { jsonFormat } from "../../../src/cli/setup/json_format.ts";
import { ProxyError } from "../../../src/base/errors.ts";

const entry = {
  name: "tools",
  command: "proxy",
  args: ["https://a.test/"],
  env: { OIDC_CLIENT_ID: "abc" },
  inherited: [],
};
const plain = jsonFormat({ key: "mcpServers" });
const list = jsonFormat({ key: "mcp", commandIsList: true });
const rich = jsonFormat({
  key: "servers",
  extra: { type: "stdio" },
  initial: { timeout: 60 },
});

Deno.test("a server has its members in this order where it is new", () => {
  const rows = [
    [
      plain,
      `"mcpServers"`,
      `"command": "proxy",\n      "args": ["https://a.test/"],\n      "env": {\n        "OIDC_CLIENT_ID": "abc"\n      }`,
    ],
    [
      list,
      `"mcp"`,
      `"command": ["proxy", "https://a.test/"],\n      "environment": {\n        "OIDC_CLIENT_ID": "abc"\n      }`,
    ],
    [
      rich,
      `"servers"`,
      `"type": "stdio",\n      "command": "proxy",\n      "args": ["https://a.test/"],\n      "env": {\n        "OIDC_CLIENT_ID": "abc"\n      },\n      "timeout": 60`,
    ],
  ] as const;
  for (const [format, key, members] of rows) {
    const text = `{\n  ${key}: {\n    "tools": {\n      ${members}\n    }\n  }\n}\n`;
    assert.equal(format.add(undefined, entry), text);
    assert.equal(format.add("", entry), text);
    for (const other of ["null", "3", '"x"', "[]"]) {
      assert.equal(format.add(`{\n  ${key}: {\n    "tools": ${other}\n  }\n}\n`, entry), text);
    }
  }
});

Deno.test("a server that is there keeps what else is said of it, and gets no initial members", () => {
  const servers = (tools: unknown) => ({ servers: { tools } });
  const before = {
    timeout: 5,
    type: "sse",
    command: "old",
    env: { OIDC_CLIENT_ID: "old", OIDC_SCOPES: "gone", OTHER: "kept" },
    disabled: true,
  };
  assert.deepEqual(
    JSON.parse(rich.add(JSON.stringify(servers(before)), entry) as string),
    servers({
      timeout: 5,
      type: "stdio",
      command: "proxy",
      args: ["https://a.test/"],
      env: { OIDC_CLIENT_ID: "abc", OTHER: "kept" },
      disabled: true,
    }),
  );
  assert.deepEqual(
    JSON.parse(rich.add(JSON.stringify(servers({})), entry) as string),
    servers({ type: "stdio", command: "proxy", args: entry.args, env: entry.env }),
  );
  for (const env of [null, [], ["OTHER"], "OTHER", 3]) {
    const after = plain.add(JSON.stringify({ mcpServers: { tools: { env } } }), entry) as string;
    assert.deepEqual(JSON.parse(after).mcpServers.tools.env, entry.env, JSON.stringify(env));
  }
  const listed = {
    mcp: { tools: { command: "x", environment: { OTHER: "kept" }, env: { A: "b" } } },
  };
  assert.deepEqual(JSON.parse(list.add(JSON.stringify(listed), entry) as string), {
    mcp: {
      tools: {
        command: ["proxy", "https://a.test/"],
        environment: { OTHER: "kept", OIDC_CLIENT_ID: "abc" },
        env: { A: "b" },
      },
    },
  });
});

Deno.test("what is as it is to be stays letter by letter", () => {
  const text =
    `{"mcpServers":{"tools":{ "env" : {"OIDC_CLIENT_ID":"abc"} , "args" : [ "https://a.test/" ], "command":"proxy" }}}`;
  assert.equal(plain.add(text, entry), text);
  assert.equal(plain.add(text.replace("abc", "xyz"), entry), text);
});

Deno.test("the servers that are started are read, whichever form the client has for them", () => {
  const read = {
    name: "tools",
    command: "proxy",
    args: ["a", "b"],
    env: { A: "b" },
    inherited: [],
  };
  assert.deepEqual(
    plain.entries(
      `{"mcpServers": {"tools": {"command": "proxy", "args": ["a", "b"], "env": {"A": "b"}}}}`,
    ),
    [read],
  );
  assert.deepEqual(
    list.entries(
      `{"mcp": {"tools": {"command": ["proxy", "a", "b"], "environment": {"A": "b"}}, "url": {"url": "x"}, "text": {"command": "proxy"}, "empty": {"command": []}, "null": null}}`,
    ),
    [read],
  );
  for (const format of [plain, list]) assert.deepEqual(format.entries("{}"), []);
});

Deno.test("a server is taken out, and where it is not, nothing changes", () => {
  assert.equal(
    plain.remove(`{"mcpServers": {"a": {}, "tools": {}}}`, "tools"),
    `{"mcpServers": {"a": {}}}`,
  );
  for (
    const text of [
      "",
      "{}",
      `{"mcpServers": null}`,
      `{"mcpServers": []}`,
      `{"mcpServers": {"a": {}}}`,
    ]
  ) {
    assert.equal(plain.remove(text, "tools"), text);
  }
  assert.throws(() => plain.remove("[", "tools"), ProxyError);
});

Deno.test("what may be a secret is hidden", () => {
  assert.equal(
    plain.masked(`{"mcpServers": {"a": {"env": {"A": "s3cret"}}}}`),
    `{"mcpServers": {"a": {"env": {"A": "********"}}}}`,
  );
});
