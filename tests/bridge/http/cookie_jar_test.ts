import assert from "node:assert/strict";
import { redact } from "../../../src/base/redactor.ts";
import { createCookieJar } from "../../../src/bridge/http/cookie_jar.ts";

const headers = (...cookies: string[]) =>
  new Headers(cookies.map((cookie): [string, string] => ["set-cookie", cookie]));

Deno.test("cookies are kept, replaced, limited to their path and dropped when they expire", () => {
  let now = 1_000_000;
  const jar = createCookieJar(() => now);
  assert.equal(jar.cookiesFor("/mcp"), undefined);
  jar.take(
    headers("lb=a; Path=/; HttpOnly", 'q="x=y"; Domain=.other.test', "p=1; Path=/mc"),
    "/mcp",
  );
  assert.equal(jar.cookiesFor("/mcp"), 'lb=a; q="x=y"');
  assert.equal(jar.cookiesFor("/mc/x"), 'p=1; lb=a; q="x=y"');
  jar.take(
    headers("lb=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "q=; Max-Age=0"),
    "/mcp",
  );
  assert.equal(jar.cookiesFor("/mcp"), "lb=b");
  now += 10_000;
  assert.equal(jar.cookiesFor("/mcp"), undefined);
});

Deno.test("what is no cookie is not kept", () => {
  const jar = createCookieJar();
  jar.take(
    headers("", " ", "nameonly", "a=\u00e9", "b=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT"),
    "/",
  );
  assert.equal(jar.cookiesFor("/"), undefined);
});

Deno.test("a cookie that ends at the epoch is removed, as servers ask for it", () => {
  for (
    const end of ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-1970 00:00:00 GMT"]
  ) {
    const jar = createCookieJar();
    jar.take(headers("session=1; Path=/"), "/mcp");
    assert.equal(jar.cookiesFor("/mcp"), "session=1");
    jar.take(headers(`session=; Path=/; Expires=${end}`), "/mcp");
    assert.equal(jar.cookiesFor("/mcp"), undefined);
  }
});

Deno.test("cookies of one name and several paths are several", () => {
  const jar = createCookieJar();
  jar.take(headers("s=root; Path=/", "s=deep; Path=/mcp"), "/mcp/x");
  assert.equal(jar.cookiesFor("/mcp/x"), "s=deep; s=root");
  assert.equal(jar.cookiesFor("/other"), "s=root");
  jar.take(headers("s=; Path=/mcp; Max-Age=0"), "/mcp/x");
  assert.equal(jar.cookiesFor("/mcp/x"), "s=root");
});

Deno.test("a cookie without a path belongs to the directory that it came from", () => {
  const jar = createCookieJar();
  jar.take(headers("a=1"), "/api/mcp");
  assert.equal(jar.cookiesFor("/api/mcp"), "a=1");
  assert.equal(jar.cookiesFor("/other"), undefined);
});

Deno.test("a backend that names each cookie anew gets the latest ones, in a field that servers take", () => {
  const jar = createCookieJar();
  for (let n = 0; n < 200; n++) {
    jar.take(new Headers({ "set-cookie": `s${n}=${"x".repeat(1_000)}; Path=/` }), "/mcp");
  }
  const field = jar.cookiesFor("/mcp") ?? "";
  assert(field.length <= 4_096, `${field.length} bytes`);
  assert.match(field, /s199=/);
});

Deno.test("a cookie that is longer than browsers take is not kept", () => {
  const jar = createCookieJar();
  jar.take(new Headers({ "set-cookie": "route=1; Path=/" }), "/mcp");
  jar.take(new Headers({ "set-cookie": `long=${"x".repeat(4_096)}; Path=/` }), "/mcp");
  assert.equal(jar.cookiesFor("/mcp"), "route=1");
});

Deno.test("an end that cannot be read is none, and another one counts", () => {
  const jar = createCookieJar(() => 1_000);
  jar.take(
    headers(
      "a=1; Expires=never",
      "b=2; Max-Age=long",
      "c=3; Max-Age=long; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
    ),
    "/",
  );
  assert.equal(jar.cookiesFor("/"), "a=1; b=2");
});

Deno.test("a cookie is for its path and what is below it (RFC 6265 section 5.1.4)", () => {
  for (
    const [path, good, bad] of [
      ["/api", ["/api", "/api/", "/api/mcp"], ["/apis", "/ap", "/"]],
      ["/api/", ["/api/", "/api/mcp"], ["/api", "/apis/"]],
      ["/", ["/", "/x"], []],
    ] as const
  ) {
    const jar = createCookieJar();
    jar.take(headers(`a=1; Path=${path}`), "/other");
    for (const each of good) assert.equal(jar.cookiesFor(each), "a=1", `${path} for ${each}`);
    for (const each of bad) assert.equal(jar.cookiesFor(each), undefined, `${path} for ${each}`);
  }
});

Deno.test("cookies are kept to the last byte of the field, and to the fiftieth", () => {
  const names = (lengths: number[]) => {
    const jar = createCookieJar();
    for (const [n, length] of lengths.entries()) {
      jar.take(headers(`${String(n).padStart(2, "0")}=${"x".repeat(length)}; Path=/`), "/");
    }
    return (jar.cookiesFor("/") ?? "").split("; ").map((pair) => pair.slice(0, 2));
  };
  // Each takes three bytes more than its name and its value.
  assert.deepEqual(names([1_019, 1_019, 1_019, 1_019]), ["00", "01", "02", "03"]);
  assert.deepEqual(names([1_019, 1_019, 1_019, 1_020]), ["01", "02", "03"]);
  assert.deepEqual(names([500, 3_586, 500]), ["01", "02"]);
  assert.equal(names(Array(50).fill(1)).length, 50);
  assert.deepEqual(names(Array(51).fill(1)).slice(0, 1), ["01"]);
});

Deno.test("a cookie that would not leave room for itself drives out no other", () => {
  for (const [length, isKept] of [[4_092, true], [4_093, false]] as const) {
    const jar = createCookieJar();
    jar.take(headers("route=1; Path=/"), "/");
    jar.take(headers(`a=${"x".repeat(length)}; Path=/`), "/");
    assert.equal(jar.cookiesFor("/"), isKept ? `a=${"x".repeat(length)}` : "route=1");
  }
});

Deno.test("a cookie that is over counts for nothing", () => {
  const jar = createCookieJar();
  for (let n = 0; n < 50; n++) jar.take(headers(`s${n}=1; Path=/`), "/");
  jar.take(headers("over=1; Path=/; Max-Age=0"), "/");
  assert.equal(jar.cookiesFor("/")?.split("; ").length, 50);
});

Deno.test("a cookie is sent as it was set, and shown to nobody", () => {
  const jar = createCookieJar();
  jar.take(headers("a=session%20secret%2Fvalue; Path=/"), "/");
  assert.equal(jar.cookiesFor("/"), "a=session%20secret%2Fvalue");
  assert.doesNotMatch(redact("with a=session%20secret%2Fvalue in it"), /secret/);
});

Deno.test("nothing of a cookie is printed, however little of it is understood", () => {
  const printed: unknown[][] = [];
  const { log, info, warn, error } = console;
  const print = (...words: unknown[]) => void printed.push(words);
  Object.assign(console, { log: print, info: print, warn: print, error: print });
  try {
    const jar = createCookieJar();
    for (
      const cookie of [
        "toString=s3cret",
        "a=1; value=s3cret",
        "a=1; name=s3cret",
        "a=1; toString=s3cret",
        "a=1; Expires=s3cret",
        "a=1; Max-Age=s3cret",
        "a=%E0%A4%A; Path=/",
      ]
    ) jar.take(new Headers({ "set-cookie": cookie }), "/");
  } finally {
    Object.assign(console, { log, info, warn, error });
  }
  assert.deepEqual(printed, []);
});
