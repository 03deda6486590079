import assert from "node:assert/strict";
import { readVerdict } from "../../src/memory/read_verdict.ts";
import { bytes } from "./memory_room.ts";

for (
  const [content, isVerdict] of [
    [`{"era":"legacy","versions":["a"]}`, true],
    [`{"era":"modern","versions":["a","b"]}`, true],
    [`{"era":"both","versions":[]}`, true],
    [`{"era":"other","versions":[]}`, false],
    [`{"versions":[]}`, false],
    [`{"era":"both"}`, false],
    [`{"era":"both","versions":"a"}`, false],
    [`{"era":"both","versions":["a",7]}`, false],
    [`{"era":"both","versions":[7,"a"]}`, false],
    [`null`, false],
    [`{`, false],
  ] as const
) {
  Deno.test(`${content} is a verdict: ${isVerdict}`, () => {
    const page = { cursor: undefined, content: bytes(content), at: 5 };
    assert.deepEqual(
      readVerdict(page),
      isVerdict ? { ...JSON.parse(content), at: 5 } : undefined,
    );
  });
}

Deno.test("no page is no verdict, and a member that is none of a verdict's is left out", () => {
  assert.equal(readVerdict(undefined), undefined);
  const content = bytes(`{"era":"both","versions":[],"at":1,"more":1}`);
  assert.deepEqual(readVerdict({ cursor: undefined, content, at: 5 }), {
    era: "both",
    versions: [],
    at: 5,
  });
});
