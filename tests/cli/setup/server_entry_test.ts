import assert from "node:assert/strict";
import { entriesOf } from "../../../src/cli/setup/server_entry.ts";

const rows: [what: string, servers: unknown, entries: ReturnType<typeof entriesOf>][] = [
  [
    "all that is said",
    { a: { command: "npx", args: ["-y", 7], env: { A: "b", PORT: 8080 }, disabled: true } },
    [{
      name: "a",
      command: "npx",
      args: ["-y", "7"],
      env: { A: "b", PORT: "8080" },
      inherited: [],
    }],
  ],
  [
    "the command alone",
    { b: { command: "b" }, a: { command: "a" } },
    [
      { name: "b", command: "b", args: [], env: {}, inherited: [] },
      { name: "a", command: "a", args: [], env: {}, inherited: [] },
    ],
  ],
  ["a server by its URL", { a: { url: "https://a.test" } }, []],
  ["a command that is no text", { a: { command: ["npx"] } }, []],
  ["arguments that are no list", { a: { command: "npx", args: "-y" } }, []],
  ["a server that is nothing", { a: null, b: 3, c: undefined }, []],
  ["no servers", undefined, []],
  ["servers that are no object", 3, []],
];
for (const [what, servers, entries] of rows) {
  Deno.test(`the servers that a client starts: ${what}`, () => {
    assert.deepEqual(entriesOf(servers), entries);
  });
}
