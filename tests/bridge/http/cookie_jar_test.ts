import assert from "node:assert/strict";
import { createCookieJar } from "../../../src/bridge/http/cookie_jar.ts";

const headers = (...cookies: string[]) =>
  new Headers(cookies.map((cookie): [string, string] => ["set-cookie", cookie]));

Deno.test("cookies are kept, replaced, limited to their path and dropped when they expire", () => {
  let now = 1_000_000;
  const jar = createCookieJar(() => now);
  assert.equal(jar.cookiesFor("/mcp"), undefined);
  jar.take(headers("lb=a; Path=/; HttpOnly", 'q="x=y"; Domain=.other.test', "p=1; Path=/mc"));
  assert.equal(jar.cookiesFor("/mcp"), 'lb=a; q="x=y"');
  assert.equal(jar.cookiesFor("/mc/x"), 'lb=a; q="x=y"; p=1');
  jar.take(headers("lb=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "q=; Max-Age=0"));
  assert.equal(jar.cookiesFor("/mcp"), "lb=b");
  now += 10_000;
  assert.equal(jar.cookiesFor("/mcp"), undefined);
});

Deno.test("what is no cookie is not kept", () => {
  const jar = createCookieJar();
  jar.take(headers("nameonly", "a=\u00e9", "b=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT"));
  assert.equal(jar.cookiesFor("/"), undefined);
});
