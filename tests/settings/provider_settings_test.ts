import assert from "node:assert/strict";
import {
  parseClientMetadataUrl,
  parseParameters,
  parseRedirectUrls,
  parseResource,
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

Deno.test("redirect URLs: any port, of localhost too, whose port Entra ID ignores", () => {
  assert.equal(parseRedirectUrls("http://localhost:0/a")[0].href, "http://localhost:0/a");
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
});
