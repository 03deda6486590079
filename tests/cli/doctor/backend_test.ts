import assert from "node:assert/strict";
import { checkBackend } from "../../../src/cli/doctor/checks/backend.ts";
import { examinationOf } from "./examination_of.ts";

const backend = "https://backend.test/mcp";
const metadata = "https://backend.test/.well-known/oauth-protected-resource/mcp";

type Answer = Response | Error;

/** What doctor says of a backend that gives these answers, by URL; and what was asked. */
async function findings(
  answers: Record<string, Answer>,
  { variables = {}, unreachable = [] }: {
    variables?: Record<string, string>;
    unreachable?: string[];
  } = {},
) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const fetch = (url: string | URL, init?: RequestInit): Promise<Response> => {
    asked.push({ url: String(url), init });
    const answer = answers[String(url)] ?? new Response(null, { status: 404 });
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const found = await checkBackend(
    await examinationOf({ MCP_BACKEND_URL: backend, ...variables }, {
      fetch,
      connections: { fetch, fetchAlone: fetch, replace() {} },
      unreachable: new Set(unreachable),
    }),
  );
  for (const { check } of found) assert.equal(check, "backend");
  return {
    asked,
    told: found.map(({ verdict, found, fix }) =>
      fix === undefined ? [verdict, found] : [verdict, found, fix]
    ),
  };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers });
const notAdvertised = [
  "ok",
  "does not advertise an authorization server: OIDC_ISSUER_URL decides",
];

Deno.test("doctor: what a backend answers without a token", async () => {
  const path = "check the path in MCP_BACKEND_URL: most MCP servers end in /mcp or /sse";
  const operator = "check MCP_BACKEND_URL, or ask who runs the backend";
  const open = (code: number) => [
    "warning",
    `accepts requests without a token (${code}): it does not validate tokens`,
    "check MCP_BACKEND_URL, or connect to the backend without this program",
  ];
  const rows: [Answer, string[][]][] = [
    [status(401), [["ok", "refuses it with 401"], notAdvertised]],
    [
      status(401, { "www-authenticate": 'Bearer realm="x"' }),
      [["ok", "refuses it with 401 and Bearer"], notAdvertised],
    ],
    [status(200), [open(200), notAdvertised]],
    [status(299), [open(299), notAdvertised]],
    [
      status(307, { location: "/other?x=1" }),
      [["ok", "redirects to https://backend.test/other (307), which is followed"], notAdvertised],
    ],
    [
      status(399),
      [
        [
          "failure",
          "https://backend.test/mcp redirects without saying where to (HTTP 399)",
          "ask the backend's operator for the address of its MCP endpoint",
        ],
        notAdvertised,
      ],
    ],
    [
      status(300, { location: "https://other.test/" }),
      [
        [
          "failure",
          "https://backend.test/mcp redirects to https://other.test/ (HTTP 300)",
          "if this is the sign-in page of a gateway, ask its operator to let requests with a " +
          "Bearer token of this provider through to the backend",
        ],
        notAdvertised,
      ],
    ],
    [status(404), [["failure", "answers 404", path]]],
    [status(405), [["failure", "answers 405", path]]],
    [status(400), [["failure", "answers 400", operator]]],
    [status(403), [["failure", "answers 403", operator]]],
    [status(500), [["failure", "answers 500", operator]]],
    [new Error("refused"), [["failure", "no answer: refused", "check MCP_BACKEND_URL"]]],
  ];
  for (const [answer, expected] of rows) {
    const { told } = await findings({ [backend]: answer });
    assert.deepEqual(told, expected);
  }
});

Deno.test("doctor: the backend is asked as a client asks, without a token", async () => {
  const { asked } = await findings({ [backend]: status(401) }, {
    variables: { MCP_PROXY_HEADERS: "x-tenant: a" },
  });
  assert.deepEqual(asked.map(({ url }) => url), [backend, metadata]);
  const { method, redirect, headers, body } = asked[0]!.init!;
  assert.deepEqual([method, redirect], ["POST", "manual"]);
  const fields = new Headers(headers);
  assert.equal(fields.get("content-type"), "application/json");
  assert.equal(fields.get("accept"), "application/json, text/event-stream");
  assert.equal(fields.get("authorization"), null);
  assert.equal(fields.get("x-tenant"), "a");
  const { method: called, params } = JSON.parse(String(body));
  assert.equal(called, "initialize");
  assert.match(params.clientInfo.name, / doctor$/);
  assert.equal(asked[1]!.init!.redirect, "manual");
});

Deno.test("doctor: a backend that cannot be talked to is not asked", async () => {
  const { asked, told } = await findings({}, { unreachable: ["backend.test"] });
  assert.deepEqual([asked, told], [[], []]);
});

Deno.test("doctor: the authorization server that the backend names is compared with the setting", async () => {
  const issuer = "https://auth.test";
  const named = (...servers: unknown[]) => Response.json({ authorization_servers: servers });
  const rows: [issuer: string | undefined, Response, string[]][] = [
    [undefined, named(issuer, "https://b.test"), ["ok", `advertises ${issuer}, https://b.test`]],
    [issuer, named("https://b.test", `${issuer}/`), [
      "ok",
      `advertises https://b.test, ${issuer}/`,
    ]],
    [`${issuer}/`, named(issuer), ["ok", `advertises ${issuer}`]],
    [issuer, named(), ["ok", "advertises no authorization server"]],
    [issuer, Response.json({}), ["ok", "advertises no authorization server"]],
    [issuer, Response.json({ authorization_servers: "x" }), [
      "ok",
      "advertises no authorization server",
    ]],
    [issuer, new Response("<html>"), notAdvertised],
    [
      issuer,
      named("https://b.test"),
      [
        "warning",
        "advertises https://b.test, not https://auth.test/",
        "check OIDC_ISSUER_URL: the backend probably trusts the other one",
      ],
    ],
  ];
  for (const [setting, answer, expected] of rows) {
    const variables: Record<string, string> = setting === undefined
      ? {}
      : { OIDC_ISSUER_URL: setting };
    const { told } = await findings({ [backend]: status(401), [metadata]: answer }, { variables });
    assert.deepEqual(told.slice(1), [expected]);
  }
});

Deno.test("doctor: metadata is looked for where the challenge says, on the backend's origin only", async () => {
  const place = "https://backend.test/metadata";
  const challenge = (url: string) => ({ "www-authenticate": `Bearer resource_metadata="${url}"` });
  const there = await findings({
    [backend]: status(401, challenge(place)),
    [place]: Response.json({ authorization_servers: ["https://auth.test"] }),
  });
  assert.deepEqual(there.told, [
    ["ok", "refuses it with 401 and Bearer"],
    ["ok", "advertises https://auth.test"],
  ]);
  for (const url of ["https://other.test/metadata", "no URL"]) {
    const { asked, told } = await findings({ [backend]: status(401, challenge(url)) });
    assert.deepEqual(asked.map(({ url }) => url), [backend]);
    assert.equal(told.length, 1);
  }
  const root = await findings({ "https://backend.test/": status(401) }, {
    variables: { MCP_BACKEND_URL: "https://backend.test" },
  });
  assert.equal(root.asked[1]!.url, "https://backend.test/.well-known/oauth-protected-resource");
});
