import assert from "node:assert/strict";
import { catalogueTexts } from "../../../../src/cli/setup/catalogue/catalogue_texts.ts";
import { ProxyError } from "../../../../src/base/errors.ts";
import { optionNames, options } from "../../../../src/settings/options.ts";

const backendUrl = "https://mcp.company.com/";

const taken: [settings: Record<string, unknown>, texts: Record<string, string>][] = [
  [{}, {}],
  [{ oidcScopes: ["openid", "tools"] }, { oidcScopes: "openid tools" }],
  [{ allowTools: ["a", "b"] }, { allowTools: options.allowTools.repeatable ? "a\nb" : "a b" }],
  [{ oidcAuthParams: ["a=b", "c=d"] }, { oidcAuthParams: "a=b\nc=d" }],
  [{ backendUrl: "http://localhost:8080/" }, { backendUrl: "http://localhost:8080/" }],
  [{ oidcIssuerUrl: "http://127.0.0.1:8080" }, { oidcIssuerUrl: "http://127.0.0.1:8080" }],
  [{ oidcClientId: "x".repeat(4096) }, { oidcClientId: "x".repeat(4096) }],
  [{ keepAlive: 30 }, { keepAlive: "30" }],
];
for (const [settings, texts] of taken) {
  Deno.test(`a catalogue may give ${JSON.stringify(settings).slice(0, 60)}`, async () => {
    assert.deepEqual(await catalogueTexts({ backendUrl, ...settings }, "here"), {
      backendUrl,
      ...texts,
    });
  });
}

const refused: [settings: Record<string, unknown>, what: string][] = [
  [{ oidcClientId: "abc" }, "it names no backendUrl"],
  [{ browser: "x" }, "it sets browser, which no catalogue may"],
  [{ oidcClientId: "x".repeat(4097) }, "its oidcClientId is too long"],
  [
    { oidcIssuerUrl: "http://auth.company.com" },
    "its oidcIssuerUrl is no https URL: http://auth.company.com",
  ],
  [{ backendUrl: "https://{a}.test/{b}" }, "its URL needs a value for {a}"],
  [{ backendUrl: "https://a.test/{}" }, "its URL needs a value for {}"],
];
for (const [settings, what] of refused) {
  Deno.test(`a catalogue is refused: ${what}`, async () => {
    const given = what.startsWith("it names") ? settings : { backendUrl, ...settings };
    await assert.rejects(catalogueTexts(given, "here"), (error) => {
      assert.ok(error instanceof ProxyError);
      const { category, fix, reason } = error;
      assert.deepEqual({ category, what: error.what, fix, reason }, {
        category: "Configuration error",
        what,
        fix: "tell whoever keeps the catalogue",
        reason: "invalid_catalogue",
      });
      return true;
    });
  });
}

Deno.test("a value that a setting cannot take is told as the setting tells it", async () => {
  await assert.rejects(
    catalogueTexts({ backendUrl, keepAlive: "soon" }, "here"),
    { what: /^its keepAlive ./, reason: "invalid_catalogue" },
  );
  assert.ok(optionNames.includes("keepAlive"));
});
