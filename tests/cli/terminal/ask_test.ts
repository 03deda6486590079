import assert from "node:assert/strict";
import { ask, confirm } from "../../../src/cli/terminal/ask.ts";
import { recordedSink } from "../../support/recorded_terminal.ts";
import { typedInput } from "../../support/typed_input.ts";

Deno.test("ask gives the line that is typed, without the space around it", async () => {
  const sink = recordedSink();
  using typed = typedInput("  Ada \r\n");
  assert.equal(await ask(sink, "Name:"), "Ada");
  assert.equal(sink.text(), "Name: ");
  assert.deepEqual(typed.left, []);
});

Deno.test("ask goes on where the last line ended, and puts parts together", async () => {
  const sink = recordedSink();
  using typed = typedInput("o", "ne\ntwo\nth", "ree\n");
  const answers = [];
  for (let count = 0; count < 3; count++) answers.push(await ask(sink, "?"));
  assert.deepEqual([answers, typed.left], [["one", "two", "three"], []]);
});

Deno.test("ask reads characters that come in two halves", async () => {
  const { stdin } = Deno;
  const { read } = stdin;
  const bytes = [...new TextEncoder().encode("é\n")];
  stdin.read = (into) => {
    into[0] = bytes.shift()!;
    return Promise.resolve(1);
  };
  try {
    assert.equal(await ask(recordedSink(), "?"), "é");
  } finally {
    stdin.read = read;
  }
});

Deno.test("an empty answer means what is offered, and is asked again where nothing is", async () => {
  const sink = recordedSink({ coloured: true });
  using _typed = typedInput("\n", "\n", " \n", "x\n");
  assert.equal(await ask(sink, "Name:", { fallback: "Ada" }), "Ada");
  assert.equal(sink.text(), "Name: \x1b[2m[Ada]\x1b[22m ");
  assert.equal(await ask(sink, "Name:"), "x");
  assert.equal(sink.text(), "Name: \x1b[2m[Ada]\x1b[22m Name: Name: Name: ");
});

Deno.test("ask says what is wrong with an answer, and asks again", async () => {
  const sink = recordedSink();
  using _typed = typedInput("x\n", "7\n");
  const answer = await ask(sink, "Number:", {
    check: (answer) => /\d/.test(answer) ? undefined : `${answer} is no number`,
  });
  assert.equal(answer, "7");
  assert.equal(sink.text(), "Number: ✗ x is no number\nNumber: ");
});

Deno.test("ask has no answer when the input has ended", async () => {
  const sink = recordedSink();
  using _typed = typedInput();
  assert.equal(await ask(sink, "Name:", { fallback: "Ada" }), undefined);
  assert.equal(sink.text(), "Name: [Ada] \n", "what is said next has a line of its own");
});

Deno.test("confirm takes yes and no, in words and capitals, and nothing for yes", async () => {
  const rows: [typed: string, answer: boolean][] = [
    ["y", true],
    ["YES", true],
    ["n", false],
    ["No", false],
    ["Y/n", true],
    ["", true],
  ];
  for (const [text, answer] of rows) {
    using _typed = typedInput(`${text}\n`);
    assert.equal(await confirm(recordedSink(), "Go on?"), answer, text);
  }
  const sink = recordedSink();
  using _typed = typedInput("yesterday\n", "ay\n", "non\n", "n\n");
  assert.equal(await confirm(sink, "Go on?"), false);
  const wrong = "Go on? [Y/n] ✗ answer yes or no\n";
  assert.equal(sink.text(), `${wrong}${wrong}${wrong}Go on? [Y/n] `);
  using _ended = typedInput();
  assert.equal(await confirm(recordedSink(), "Go on?"), false, "nobody said yes");
});
