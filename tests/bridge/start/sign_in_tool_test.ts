import assert from "node:assert/strict";
import {
  elicitationText,
  invitationText,
  signedInText,
  signInTool,
  signInToolName,
  signInToolResult,
  toolNames,
  withoutInvitationText,
  withTool,
} from "../../../src/bridge/start/sign_in_tool.ts";

const backend = new URL("https://mcp.test:8443/mcp");
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("the tool for the sign-in has a name that none of the backend's has", () => {
  const names = ["sign_in", "authful_sign_in", "authful_mcp_proxy_sign_in"];
  for (let taken = 0; taken <= names.length; taken++) {
    assert.equal(
      signInToolName(new Set(["other", ...names.slice(0, taken)])),
      names[Math.min(taken, 2)],
    );
  }
});

Deno.test("the tool says what it is for, and that it changes nothing", () => {
  assert.deepEqual(signInTool("sign_in", backend), {
    name: "sign_in",
    title: "Sign in to mcp.test:8443",
    description:
      "Signs the person in, which mcp.test:8443 requires before its tools can be used. The " +
      "result says what the person has to open in a browser. Offered by the local proxy, not by " +
      "mcp.test:8443.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: {
      title: "Sign in to mcp.test:8443",
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    },
  });
});

Deno.test("the names of the backend's tools are found wherever they stand", () => {
  const rows: [string, string[]][] = [
    ['{"tools":[{"name":"a"},{"title":"x","name":"b","inputSchema":{"name":"c"}}]}', ["a", "b"]],
    [' {"x":[{"name":"no"}], "tools": [ {"name":"\\u0061"} ] }', ["a"]],
    ['{"tools":[7,"name",{"name":7},[{"name":"no"}],{"name":"a"}]}', ["a"]],
    ['{"tools":[]}', []],
    ['{"tools":{"name":"a"}}', []],
    ['[{"tools":[{"name":"a"}]}]', []],
    ["7", []],
  ];
  for (const [result, names] of rows) {
    assert.deepEqual([...toolNames(bytes(result))], names, result);
  }
});

Deno.test("one more tool stands in front of the others, whose bytes stay as they are", () => {
  const tool = { name: "t" };
  const rows = [
    ['{"tools":[]}', '{"tools":[{"name":"t"}]}'],
    ['{"tools":[ ] }', '{"tools":[{"name":"t"} ] }'],
    [
      '{"a":1,"tools": [ {"name":"ä"}],"b":2}',
      '{"a":1,"tools": [{"name":"t"}, {"name":"ä"}],"b":2}',
    ],
    ['{"tools":[],"other":[ ]}', '{"tools":[{"name":"t"}],"other":[ ]}'],
    [' {"tools":[]}', ' {"tools":[{"name":"t"}]}'],
    ['{"other":[]}', '{"other":[]}'],
    ['{"tools":7}', '{"tools":7}'],
    ["[]", "[]"],
  ];
  for (const [result, expected] of rows) {
    assert.equal(text(withTool(bytes(result!), tool)), expected);
  }
});

Deno.test("what others have made is cut where it is too long", () => {
  const long = new URL(`https://${"a.".repeat(150)}test/`);
  const { title } = signInTool("sign_in", long) as { title: string };
  assert.equal(title, `Sign in to ${"a.".repeat(100)}…`);
  const told = (url: string, userCode?: string) =>
    invitationText({ url, userCode, expiresAt: 60_000 }, { backend, now: 0 });
  const url = (length: number) => `http://x/${"u".repeat(length - 9)}`;
  for (const code of [undefined, "C"]) {
    assert.ok(told(url(2_000), code).includes(`open ${url(2_000)} in`));
    assert.ok(told(url(2_001), code).includes(`open ${url(2_000)}… in`));
  }
  assert.ok(told("u", "c".repeat(100)).includes(` the code ${"c".repeat(100)} within`));
  assert.ok(told("u", "c".repeat(101)).includes(` the code ${"c".repeat(100)}… within`));
});

Deno.test("the result of the tool is a text, and an error where that is said", () => {
  assert.deepEqual(signInToolResult("a"), {
    content: [{ type: "text", text: "a" }],
    isError: false,
  });
  assert.deepEqual(signInToolResult("a", { isError: true }), {
    content: [{ type: "text", text: "a" }],
    isError: true,
  });
});

Deno.test("what the person has to do stands with how long there is for it", () => {
  const told = (left: number, userCode?: string) =>
    invitationText({ url: "http://127.0.0.1:1/x", userCode, expiresAt: 1_000_000 + left }, {
      backend,
      now: 1_000_000,
    });
  assert.equal(
    told(300_000),
    "To sign in to mcp.test:8443, open http://127.0.0.1:1/x in a browser on this machine within " +
      "5 min. Its tools appear when that is done; if they do not, reload this server.",
  );
  assert.match(told(60_000, "ABCD"), /x in any browser and enter the code ABCD within 1 min\. Its/);
  for (const [left, minutes] of [[-1, 1], [0, 1], [89_999, 1], [90_000, 2], [180_000, 3]]) {
    assert.match(told(left!), new RegExp(` within ${minutes} min\\.`));
  }
});

Deno.test("each state of the sign-in has its words", () => {
  assert.equal(
    withoutInvitationText(backend),
    "The sign-in to mcp.test:8443 is under way, and there is no page that could be named here: " +
      'run "authful-mcp-proxy login" in a terminal of this machine.',
  );
  assert.equal(
    signedInText(backend),
    "Signed in to mcp.test:8443: its tools can be used now. If they are not listed, reload this " +
      "server in the client.",
  );
  assert.equal(
    elicitationText({ action: "accept" }, backend),
    "The person was shown the page for the sign-in to mcp.test:8443. Its tools appear when that " +
      "is done; if they do not, reload this server.",
  );
  for (const action of ["decline", "cancel"]) {
    assert.equal(
      elicitationText({ action }, backend),
      "The person did not want to open the page for the sign-in to mcp.test:8443.",
    );
  }
  for (const nothing of [undefined, null, 7, {}, { action: "other" }]) {
    assert.equal(elicitationText(nothing, backend), undefined);
  }
});
