import assert from "node:assert/strict";
import { headerValue } from "../../../src/bridge/modern/header_value.ts";

const encoded = (base64: string) => `=?base64?${base64}?=`;

for (
  const [given, value] of [
    ["a", "a"],
    ["!", "!"],
    ["~", "~"],
    ["a b\tc", "a b\tc"],
    ["", encoded("")],
    [" ", encoded("IA==")],
    [" a", encoded("IGE=")],
    ["a ", encoded("YSA=")],
    ["\ta", encoded("CWE=")],
    ["a\t", encoded("YQk=")],
    ["a\nb", encoded("YQpi")],
    ["a\n", encoded("YQo=")],
    ["a\x7fb", encoded("YX9i")],
    ["a\x1fb", encoded("YR9i")],
    ["ä", encoded("w6Q=")],
    ["a€b", encoded("YeKCrGI=")],
    ["😀", encoded("8J+YgA==")],
    ["=?base64??=", encoded("PT9iYXNlNjQ/Pz0=")],
    ["=?base64?eA==?=", encoded("PT9iYXNlNjQ/ZUE9PT89")],
    ["x=?base64?eA==?=", "x=?base64?eA==?="],
    ["=?base64?eA==?=x", "=?base64?eA==?=x"],
    ["=?base64?", "=?base64?"],
    ["=?BASE64?eA==?=", "=?BASE64?eA==?="],
  ]
) {
  Deno.test(`the field value of ${JSON.stringify(given)}`, () => {
    assert.equal(headerValue(given), value);
    if (value !== given) {
      const [, base64] = /^=\?base64\?(.*)\?=$/.exec(value)!;
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      assert.equal(new TextDecoder().decode(bytes), given);
    }
  });
}
