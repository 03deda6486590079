import assert from "node:assert/strict";
import {
  parseClientMetadataUrl,
  parseParameters,
  parseRedirectUrl,
  parseRedirectUrls,
  parseResource,
  parseVariableName,
} from "../../src/settings/provider_settings.ts";
import { parseOneOf } from "../../src/settings/values.ts";
import { SettingSyntaxError, SettingValueError } from "../../src/settings/values.ts";

Deno.test("redirect URLs: several, separated by spaces or commas", () => {
  const urls = parseRedirectUrls("http://localhost:1/a, http://127.0.0.1:0/b\nhttp://[::1]:2/c");
  assert.deepEqual(urls.map((url) => url.href), [
    "http://localhost:1/a",
    "http://127.0.0.1:0/b",
    "http://[::1]:2/c",
  ]);
});

Deno.test("redirect URLs: separators at either end are none", () => {
  assert.deepEqual(parseRedirectUrls(" http://localhost:1/a, ").map((url) => url.href), [
    "http://localhost:1/a",
  ]);
});

Deno.test("redirect URLs: any port, of localhost too, whose port Entra ID ignores", () => {
  assert.equal(parseRedirectUrls("http://localhost:0/a")[0].href, "http://localhost:0/a");
});

Deno.test("redirect URLs: what is not on this machine, or not plain, is refused", () => {
  const refused: [string, string][] = [
    [
      "https://localhost/",
      "must be an http URL on this machine such as http://localhost:8080/auth/callback, not " +
      '"https://localhost/": only this program listens there, and it has no certificate',
    ],
    [
      "http://a.test/",
      'must name this machine (localhost, 127.0.0.1 or [::1]), not "a.test": the code must not ' +
      "travel over a network",
    ],
    ["http://user@localhost/", "must not contain a user name or password"],
    ["http://:secret@localhost/", "must not contain a user name or password"],
    ["http://localhost/#a", "must not have a fragment (RFC 6749 section 3.1.2)"],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => parseRedirectUrl(text), { name: "SettingValueError", message });
    assert.throws(() => parseRedirectUrls(`http://localhost:1/ ${text}`), { message });
  }
});

Deno.test("the name of a variable is no value of one", () => {
  for (const name of ["A", "_a9", "x".repeat(256)]) assert.equal(parseVariableName(name), name);
  for (const name of ["", "9a", "a-b", "a b", "eyJ.x.y", "x".repeat(257)]) {
    assert.throws(() => parseVariableName(name), {
      name: "SettingValueError",
      message: "must be the name of a variable, not what is in it",
    });
  }
});

Deno.test("parameters: what the sign-in sets itself is told with the setting for it", () => {
  const settings = {
    audience: "OIDC_AUDIENCE",
    client_id: "OIDC_CLIENT_ID",
    client_secret: "OIDC_CLIENT_SECRET",
    redirect_uri: "OIDC_REDIRECT_URL",
    resource: "OIDC_RESOURCE",
    scope: "OIDC_SCOPES",
  };
  for (const [name, setting] of Object.entries(settings)) {
    assert.throws(() => parseParameters([name])(`${name}=x`), {
      message: `must not set ${name}, which the sign-in sets itself: use ${setting}`,
    });
    assert.deepEqual(parseParameters([])(`${name}=x`), { [name]: "x" });
  }
  assert.throws(() => parseParameters(["nonce"])("nonce=x"), {
    message: "must not set nonce, which the sign-in sets itself",
  });
  for (const mode of ["query", "jwt", "query.jwt"]) {
    assert.deepEqual(parseParameters([])(`response_mode=${mode}`), { response_mode: mode });
  }
  assert.throws(() => parseParameters([])("response_mode=form_post"), {
    message: 'must not set response_mode to "form_post": the answer comes in a query (query, ' +
      "query.jwt, jwt)",
  });
  assert.deepEqual(parseParameters([])("  a.b:c-d= x \n \n"), { "a.b:c-d": "x" });
  for (const line of ["a b=c", "=c", "a=b\u2028c"]) {
    assert.throws(() => parseParameters([])(line), {
      message: `must have the form name=value, not ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parameters: one per line, values with = in them and percent-encoded", () => {
  const parse = parseParameters(["state"]);
  assert.deepEqual(parse("prompt=login\r\nclaims=a=b\nui_locales=de%20en\n"), {
    prompt: "login",
    claims: "a=b",
    ui_locales: "de en",
  });
});

const badParameters: [string, RegExp][] = [
  ["state=mine", /must not set state, which the sign-in sets itself/],
  ["scope=all", /must not set scope.*use OIDC_SCOPES/],
  ["prompt", /must have the form name=value/],
  ["response_mode=fragment", /must not set response_mode to "fragment"/],
  ["x=%zz", /broken percent-encoding in x/],
];
for (const [text, message] of badParameters) {
  Deno.test(`parameters: ${text} is refused`, () => {
    assert.throws(() => parseParameters(["state", "scope"])(text), (error: Error) => {
      assert.ok(error instanceof SettingValueError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("one of a few words, in any case", () => {
  const parse = parseOneOf("auto", "browser", "device");
  assert.equal(parse(" Browser "), "browser");
  assert.throws(() => parse("browse"), SettingSyntaxError);
  assert.throws(() => parse("browse"), /must be auto, browser or device, not "browse"/);
});

Deno.test("a resource stays as it is written and has no fragment", () => {
  assert.equal(parseResource("https://backend.test"), "https://backend.test");
  assert.equal(parseResource("api://backend"), "api://backend");
  assert.throws(() => parseResource("https://backend.test/#x"), /fragment/);
  assert.equal(parseResource("none"), "none");
  assert.throws(() => parseResource("backend"), /is not a URL/);
});

Deno.test("a client metadata URL is https and has a path", () => {
  assert.equal(parseClientMetadataUrl("https://a.test/client.json").pathname, "/client.json");
  assert.throws(() => parseClientMetadataUrl("http://a.test/client.json"), /https/);
  assert.throws(() => parseClientMetadataUrl("https://a.test"), /path/);
  assert.equal(parseClientMetadataUrl("http://localhost:1/c").href, "http://localhost:1/c");
});
