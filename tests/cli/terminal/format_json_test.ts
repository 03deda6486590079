import assert from "node:assert/strict";
import { formatJson } from "../../../src/cli/terminal/format_json.ts";

Deno.test("JSON for a terminal is indented, and has escapes for whatever a terminal would obey", () => {
  assert.equal(formatJson({ name: "a\u009bb" }), '{\n  "name": "a\\u009bb"\n}');
  assert.equal(formatJson("\u009b \u009b"), '"\\u009b \\u009b"');
  const obeyed = [0x1b, 0x7f, 0x80, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069];
  for (const code of obeyed) {
    const escaped = `"\\u${code.toString(16).padStart(4, "0")}"`;
    assert.equal(formatJson(String.fromCharCode(code)), escaped);
  }
  for (
    const code of [0x20, 0x7e, 0xa0, 0x61b, 0x61d, 0x200d, 0x2010, 0x2027, 0x202f, 0x2065, 0x206a]
  ) {
    const char = String.fromCharCode(code);
    assert.equal(formatJson(char), `"${char}"`);
  }
});
