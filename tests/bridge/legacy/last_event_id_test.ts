import assert from "node:assert/strict";
import { lastEventIdField, resumableId } from "../../../src/bridge/legacy/last_event_id.ts";

Deno.test("the id of an event is sent in UTF-8", () => {
  assert.deepEqual(lastEventIdField("a1"), { "last-event-id": "a1" });
  assert.deepEqual(lastEventIdField("é😀"), { "last-event-id": "\xc3\xa9\xf0\x9f\x98\x80" });
});

Deno.test("an id that is empty, or that no field can carry, is none to go on from", () => {
  for (const id of ["a", "\t", "a\tb", " ", "~", "é", "\x80", "0"]) {
    assert.equal(resumableId(id), id, JSON.stringify(id));
  }
  const forbidden = ["\x00", "\x08", "\x0a", "\x0d", "\x1f", "\x7f"];
  for (const character of forbidden) {
    for (const id of [character, `a${character}`, `${character}a`]) {
      assert.equal(resumableId(id), undefined, JSON.stringify(id));
    }
  }
  assert.equal(resumableId(""), undefined);
});
