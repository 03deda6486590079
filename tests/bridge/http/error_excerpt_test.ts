import assert from "node:assert/strict";
import { errorExcerpt } from "../../../src/bridge/http/error_excerpt.ts";

const of = (type: string, body: string) => errorExcerpt(type, new TextEncoder().encode(body));
const json = (body: unknown) => of("application/json; charset=utf-8", JSON.stringify(body));

Deno.test("of JSON the member is shown that is written for people first", () => {
  const members = [
    ["error_description", "described"],
    ["message", "said"],
    ["detail", "in detail"],
    ["title", "as a title"],
  ];
  const rest = [...members];
  while (rest.length > 0) {
    const body = { ...Object.fromEntries(rest), error: { message: "inner" } };
    assert.equal(json(body), rest[0]![1]);
    rest.shift();
  }
  assert.equal(json({ error: { message: "inner" } }), "inner");
  assert.equal(json({ jsonRpcError: { message: "inner" } }), "inner");
  assert.equal(json({ error: "a word" }), "a word");
  assert.equal(json({ message: " ", detail: 7, title: "title" }), "title");
  assert.equal(json("text"), "text");
  for (const nothing of [null, 7, [], {}, { error: null }, { message: "" }]) {
    assert.equal(json(nothing), "", JSON.stringify(nothing));
  }
  assert.equal(of("application/json", "{"), "");
  assert.equal(of("application/problem+json", '{"title":"t"}'), "t");
  assert.equal(of("Application/JSON", '{"title":"t"}'), "t");
  for (const nothing of ["true", "7", "null"]) assert.equal(of("application/json", nothing), "");
});

Deno.test("of a page the title is shown, or its first heading", () => {
  assert.equal(
    of("text/html", "<title lang=en>Oh &lt;b&gt; &amp;&nbsp;&quot;&#39;</title>"),
    "Oh <b> & \"'",
  );
  assert.equal(of("text/html", "<h1 class=a>Heading</h1><title>t</title>"), "Heading");
  assert.equal(of("text/html", "<p>nothing</p>"), "");
  assert.equal(of("TEXT/HTML", "<p></p><TITLE>t</TITLE>"), "t");
  for (const begin of ["<!DOCTYPE html>", "<html>", "<head>", "<body>", " \n<Html lang=de>"]) {
    assert.equal(of("application/json", `${begin}<title>t</title>`), "t", begin);
  }
  assert.equal(of("text/plain", "a <html><title>t</title>"), "a <html><title>t</title>");
});

Deno.test("text is shown as it is, and nothing of what is neither", () => {
  assert.equal(of("text/plain; charset=utf-8", " a\nb "), "a b");
  assert.equal(of("", "a"), "a");
  for (const type of ["application/octet-stream", "image/png", "text/css", "x/text/plain"]) {
    assert.equal(of(type, "a"), "", type);
  }
  assert.equal(of("Text/Plain", "a"), "a");
  for (const type of ["text/plain", "text/html", "application/json", ""]) {
    assert.equal(of(type, ""), "", type);
  }
});

Deno.test("what is shown is bounded at 200 characters, what is looked into at 128 KiB", () => {
  assert.equal(of("text/plain", "x".repeat(200)), "x".repeat(200));
  assert.equal(of("text/plain", "x".repeat(201)), `${"x".repeat(200)}…`);
  assert.equal(of("text/plain", `${" ".repeat(799)}xy`), "x");
  assert.equal(of("text/plain", `${" ".repeat(800)}x`), "");
  const begin = '{"message":"m","stack":"';
  const body = (length: number) => `${begin}${"x".repeat(length - begin.length - 2)}"}`;
  assert.equal(of("application/json", body(128 << 10)), "m");
  assert.equal(of("application/json", body((128 << 10) + 1)), "");
});
