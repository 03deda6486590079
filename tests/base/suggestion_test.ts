import assert from "node:assert/strict";
import process from "node:process";
import { splitSuggestion, suggestion } from "../../src/base/suggestion.ts";

Deno.test("a word that is nearly a known one is told that one, or those", () => {
  assert.equal(suggestion("logn", ["login", "logout", "status"]), 'use "login"');
  assert.equal(suggestion("stat", ["stats", "state"]), 'use "state" or "stats"');
  assert.equal(suggestion("something", ["login", "logout"]), undefined);
  assert.equal(suggestion("login", ["login"]), undefined);
  assert.equal(suggestion("help", []), undefined);
});

Deno.test("the judge of words says nothing itself", () => {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map(({ write }) => write);
  const written: unknown[] = [];
  for (const stream of streams) stream.write = (text: unknown) => written.push(text) > 0;
  try {
    for (const word of ["logn", "help", "-h", "--help"]) suggestion(word, ["login"]);
  } finally {
    streams.forEach((stream, at) => stream.write = writes[at]!);
  }
  assert.deepEqual(written, []);
});

Deno.test("the question of a message becomes what to do", () => {
  const rows: [message: string, what: string, fix: string | undefined][] = [
    ["unknown option '--x'", "unknown option '--x'", undefined],
    ["unknown option '--x'\n(Did you mean --y?)", "unknown option '--x'", 'use "--y"'],
    ["what (Did you mean one of a, b?)", "what", 'use "a" or "b"'],
    ["what(Did you mean a?) and more", "what and more", 'use "a"'],
    ["what? (Did you mean a", "what? (Did you mean a", undefined],
  ];
  for (const [message, what, fix] of rows) {
    assert.deepEqual(splitSuggestion(message), { what, fix });
  }
});
