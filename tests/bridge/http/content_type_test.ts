import assert from "node:assert/strict";
import { isEventStream, isJson } from "../../../src/bridge/http/content_type.ts";

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
