/**
 * What each kind of setting takes, and what a person is told of what it does not take.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  parseBytes,
  parseHeaders,
  parseHttpUrl,
  parseIssuerUrl,
  parseLines,
  parseProfile,
  parseScopeList,
  parseScopes,
  parseSeconds,
  parseSecondsOrOff,
  parseSwitch,
  parseUrl,
  quote,
  SettingSyntaxError,
  SettingValueError,
} from "../../src/settings/values.ts";

/** Expects the error of a value that has a form, but not one that can be used. */
function refusesValue(parse: () => unknown, message: string, fix?: string): void {
  assert.throws(parse, (error) => {
    assert.ok(error instanceof SettingValueError && !(error instanceof SettingSyntaxError));
    assert.deepEqual([error.name, error.message, error.fix], ["SettingValueError", message, fix]);
    return true;
  });
}

/** Expects the error of a text that is not even of the kind. */
function refusesSyntax(parse: () => unknown, message: string): void {
  assert.throws(parse, (error) => {
    assert.ok(error instanceof SettingSyntaxError);
    assert.deepEqual([error.name, error.message], ["SettingSyntaxError", message]);
    return true;
  });
}

Deno.test("an http or https URL has no user name, no password and no fragment", () => {
  for (const text of ["https://a.test/mcp?x=1", "http://localhost:8080/"]) {
    assert.equal(parseHttpUrl(text).href, text);
  }
  refusesValue(
    () => parseHttpUrl("ftp://a.test/"),
    'must be an http or https URL, not "ftp://a.test/"',
  );
  const credentials = "must not contain a user name or password";
  for (const user of ["user", "user:secret", ":secret"]) {
    refusesValue(() => parseHttpUrl(`https://${user}@a.test/`), credentials);
  }
  refusesValue(() => parseHttpUrl("https://a.test/#x"), 'must not have a fragment ("#x")');
});

Deno.test("a URL without its scheme is told with the one that is meant", () => {
  const meant: [string, string | undefined][] = [
    ["a.test/mcp", "https://a.test/mcp"],
    ["a.test", "https://a.test"],
    ["a.test?x", "https://a.test?x"],
    ["127.0.0.1/mcp", "http://127.0.0.1/mcp"],
    ["[::1]/mcp", "http://[::1]/mcp"],
    ["[2001:db8::1]:80/", "https://[2001:db8::1]:80/"],
    ["[2001:DB8::1]/", "https://[2001:DB8::1]/"],
    ["localhost/mcp", "http://localhost/mcp"],
    ["backend/mcp", undefined],
    ["a test/", undefined],
    ["/mcp", undefined],
    ["", undefined],
  ];
  for (const [text, url] of meant) {
    refusesValue(
      () => parseUrl(text),
      `is not a URL: ${JSON.stringify(text)}`,
      url && `use "${url}" if you mean that`,
    );
  }
  // A URL parser takes what is before the colon for a scheme.
  refusesValue(
    () => parseHttpUrl("localhost:8080/mcp"),
    'must be an http or https URL, not "localhost:8080/mcp"',
    'use "http://localhost:8080/mcp" if you mean that',
  );
  refusesValue(
    () => parseHttpUrl("a.test:443"),
    'must be an http or https URL, not "a.test:443"',
    'use "https://a.test:443" if you mean that',
  );
});

Deno.test("an issuer has no query, and is not the place of its metadata", () => {
  assert.equal(parseIssuerUrl("https://a.test/realms/x").href, "https://a.test/realms/x");
  for (const path of ["/.well-known/x", "/.well-known/openid-configuration/tenant"]) {
    assert.equal(parseIssuerUrl(`https://a.test${path}`).pathname, path);
  }
  refusesValue(
    () => parseIssuerUrl("https://a.test/?x=1"),
    'must not have a query ("?x=1"), an issuer has none',
  );
  for (const name of ["openid-configuration", "oauth-authorization-server"]) {
    refusesValue(
      () => parseIssuerUrl(`https://a.test/x/.well-known/${name}`),
      'must be what that metadata names as its issuer, such as "https://a.test/x"',
    );
  }
});

Deno.test("scopes are separated by white space, each once, openid in front where it is missing", () => {
  assert.deepEqual(parseScopes("a  b\ta\n"), ["openid", "a", "b"]);
  assert.deepEqual(parseScopes("a openid"), ["a", "openid"]);
  assert.deepEqual(parseScopeList("b a b"), ["b", "a"]);
  assert.deepEqual(parseScopeList(" "), []);
  const plain = ["api://a/b.c", "a|b", "a+b", "a%20b", "patient/*.rs?category=a,b", "!#[]~"];
  assert.deepEqual(parseScopeList(plain.join(" ")), plain);
  for (const bad of ['"', "\\", "ä", "\u007f"]) {
    for (const scope of [`a${bad}`, `${bad}a`]) {
      refusesValue(
        () => parseScopeList(`x ${scope}`),
        `has the scope ${JSON.stringify(scope)}, which RFC 6749 does not allow`,
      );
    }
  }
});

Deno.test("scopes with something else between them are told as they are meant", () => {
  const meant: [string, string][] = [
    ["a,b", "a b"],
    ["a, b;c", "a b c"],
    ["openid|a", "openid a"],
    ["a+openid", "a openid"],
    ["openid%20a", "openid a"],
  ];
  for (const [text, scopes] of meant) {
    refusesValue(
      () => parseScopeList(text),
      `must have spaces between the scopes, not "${text}"`,
      `use "${scopes}"`,
    );
  }
});

Deno.test("a profile is a short name", () => {
  for (const name of ["a", "ada@a.test", "B_2+c.d-e", "ä7", "x".repeat(64)]) {
    assert.equal(parseProfile(name), name);
  }
  for (const name of ["", "a b", "a/b", "x".repeat(65), "a\n"]) {
    refusesValue(
      () => parseProfile(name),
      "must be 1 to 64 letters, digits, dots, dashes, underscores, @ or +, not " +
        JSON.stringify(name),
    );
  }
});

Deno.test("seconds are from above zero up to a day, or zero where that switches off", () => {
  for (const [text, seconds] of [["1", 1], ["0.5", 0.5], ["86400", 86_400], ["007", 7]] as const) {
    assert.equal(parseSeconds(text), seconds);
    assert.equal(parseSecondsOrOff(text), seconds);
  }
  for (const text of ["86400.5", "86401", "-1", "1s", "1.", ".5", "1e3", "", " 1"]) {
    const message = `must be a number of seconds from 1 to 86400, not "${text}"`;
    refusesSyntax(() => parseSeconds(text), message);
    refusesSyntax(() => parseSecondsOrOff(text), message);
  }
  for (const text of ["0", "00", "0.0", "0.00"]) {
    assert.equal(parseSecondsOrOff(text), 0);
    refusesSyntax(
      () => parseSeconds(text),
      `must be a number of seconds from 1 to 86400, not "${text}"`,
    );
  }
  for (const text of ["0.", "x0", "0x"]) assert.throws(() => parseSecondsOrOff(text));
});

Deno.test("bytes are from 1024 to a gibibyte", () => {
  assert.equal(parseBytes("1024"), 1024);
  assert.equal(parseBytes("1073741824"), 1_073_741_824);
  for (const text of ["1023", "1073741825", "00000001024", "1e4", "2k", "", "-2000", "2000 "]) {
    refusesSyntax(
      () => parseBytes(text),
      `must be a number of bytes from 1024 to 1073741824, not "${text}"`,
    );
  }
});

Deno.test("lines that say nothing are left out", () => {
  assert.deepEqual(parseLines(" a \r\n\r\nb\rc\n \n"), ["a", "b", "c"]);
});

Deno.test("header fields: their names in lower case, their values as they are", () => {
  assert.deepEqual(parseHeaders("X-Key: a:b c\nx!#$%&'*+-.^_`|~9 :\té\n"), [
    { name: "x-key", value: "a:b c" },
    { name: "x!#$%&'*+-.^_`|~9", value: "é" },
  ]);
  assert.deepEqual(parseHeaders("x-empty:"), [{ name: "x-empty", value: "" }]);
  for (const line of ["secret", ": secret", "a b: secret", "ä: secret", "a: b\u2028secret"]) {
    refusesValue(() => parseHeaders(line), "must have the form Name: value");
  }
  for (const value of ["\u0001", "a\u007f", "€"]) {
    refusesValue(
      () => parseHeaders(`x: 1\nX-Key: ${value}`),
      "has a value for X-Key that no header field can have",
    );
  }
});

Deno.test("header fields that the protocol has for itself are not set", () => {
  const own = "Authorization DPoP Host Connection Cookie Transfer-Encoding Accept Content-Type " +
    "Content-Length MCP-Session-Id Mcp-Anything Last-Event-ID";
  for (const name of own.split(" ")) {
    refusesValue(
      () => parseHeaders(`${name}: x`),
      `must not set ${name}, which the proxy sets itself`,
    );
  }
  const free = [
    "x-authorization",
    "proxy-authorization",
    "accept-language",
    "x-mcp-a",
    "mcp",
    "user-agent",
    "set-cookie",
    "hosts",
  ];
  for (const name of free) assert.equal(parseHeaders(`${name}: x`)[0].name, name);
});

Deno.test("a switch knows eight words in any case", () => {
  for (const word of ["1", "true", "YES", " on "]) assert.equal(parseSwitch(word), true);
  for (const word of ["0", "False", "no", "off\n"]) assert.equal(parseSwitch(word), false);
  for (const word of ["", "2", "enabled", "y", "n"]) {
    refusesSyntax(
      () => parseSwitch(word),
      `must be 1, true, yes, on, 0, false, no or off, not "${word}"`,
    );
  }
});

Deno.test("a value is quoted in a message, and shortened behind 200 characters", () => {
  assert.equal(quote('a"b\n'), '"a\\"b\\n"');
  assert.equal(quote("x".repeat(200)), `"${"x".repeat(200)}"`);
  assert.equal(quote("x".repeat(201)), `"${"x".repeat(200)}…"`);
});
