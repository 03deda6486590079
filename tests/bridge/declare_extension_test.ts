import assert from "node:assert/strict";
import { declareExtension } from "../../src/bridge/declare_extension.ts";
import { messageOf } from "../../src/bridge/translation/rewrite_message.ts";

const name = "io.modelcontextprotocol/enterprise-managed-authorization";
const declare = declareExtension(name);
const textOf = (text: string) => new TextDecoder().decode(declare(messageOf(text)).bytes);
const modern = '"io.modelcontextprotocol/protocolVersion":"2026-07-28"';
const capabilities = "io.modelcontextprotocol/clientCapabilities";

Deno.test("an extension is declared with initialize, and no other byte is touched", () => {
  const params = (capabilities: string) =>
    `{"jsonrpc":"2.0","id":12345678901234567890,"method":"initialize","params":{"x":1.0,${capabilities}}}`;
  assert.equal(
    textOf(params('"capabilities":{"roots":{}}')),
    params(`"capabilities":{"roots":{},"extensions":{"${name}":{}}}`),
  );
  assert.equal(
    textOf(params('"capabilities":{"extensions":{"other/one":{"a":1.0}}}')),
    params(`"capabilities":{"extensions":{"other/one":{"a":1.0},"${name}":{}}}`),
  );
  assert.equal(
    textOf('{"jsonrpc":"2.0","id":1,"method":"initialize"}'),
    `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"extensions":{"${name}":{}}}}}`,
  );
});

Deno.test("an extension is declared with every request of the modern era", () => {
  const request = (more: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{${modern}${more}}}}`;
  assert.equal(
    textOf(request("")),
    request(`,"${capabilities}":{"extensions":{"${name}":{}}}`),
  );
  assert.equal(
    textOf(request(`,"${capabilities}":{"sampling":{}}`)),
    request(`,"${capabilities}":{"sampling":{},"extensions":{"${name}":{}}}`),
  );
});

Deno.test("what a client declares itself, and what is none of it, stays as it is", () => {
  const texts = [
    `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"extensions":{"${name}":{"mine":1}}}}}`,
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":null}}',
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"extensions":[]}}}',
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":[1]}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"capabilities":{}}}',
    `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{${modern},"${capabilities}":7}}}`,
  ];
  for (const text of texts) assert.equal(textOf(text), text);
});
