import assert from "node:assert/strict";
import { describeContent, isEventStream, isJson } from "../../../src/bridge/http/content_type.ts";

const typed = (type: string) => new Response("", { headers: { "content-type": type } });

Deno.test("a content type is told whatever its case and its parameters are", () => {
  for (const type of ["text/event-stream", "Text/Event-Stream;charset=UTF-8"]) {
    assert.equal(isEventStream(typed(type)), true, type);
    assert.equal(isJson(typed(type)), false, type);
  }
  for (
    const type of ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]
  ) {
    assert.equal(isJson(typed(type)), true, type);
    assert.equal(isEventStream(typed(type)), false, type);
  }
  for (
    const type of [
      "text/html",
      "application/jsonlines",
      "text/event-streams",
      "x/text/event-stream",
      "x-application/json",
    ]
  ) {
    assert.equal(isJson(typed(type)) || isEventStream(typed(type)), false, type);
  }
  assert.equal(isJson(new Response(null)) || isEventStream(new Response(null)), false);
});

Deno.test("what a response brings is told by what is known of it", () => {
  const text = new Response("x");
  text.headers.delete("content-type");
  for (
    const [response, what] of [
      [
        new Response("x", { headers: { "content-type": "text/html" } }),
        "with content type text/html",
      ],
      [text, "without a content type"],
      [new Response("", { headers: { "content-length": "0" } }), "without content"],
      [new Response(null, { headers: { "content-type": "text/html" } }), "without content"],
      [new Response(null, { status: 204 }), "without content"],
    ] as const
  ) {
    assert.equal(describeContent(response), what);
  }
});
