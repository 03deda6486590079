import assert from "node:assert/strict";
import { startSpinner } from "../../../src/cli/terminal/spinner.ts";
import { recordedSink } from "../../support/recorded_terminal.ts";

const clear = "\r\x1b[2K";
const cyan = (frame: string) => `\x1b[36m${frame}\x1b[39m`;

Deno.test("a spinner where lines stay is one line", () => {
  const sink = recordedSink();
  {
    using spinner = startSpinner(sink, () => "waiting");
    spinner.line("meanwhile");
  }
  assert.deepEqual(sink.lines(), ["waiting", "meanwhile"]);
});

Deno.test("a spinner at a terminal turns ten times a second, until it is disposed of", () => {
  const sink = recordedSink({ isTerminal: true, width: 12 });
  const { setInterval, clearInterval } = globalThis;
  const timers: { turn: () => void; every: number }[] = [];
  const ended: unknown[] = [];
  Object.assign(globalThis, {
    setInterval: (turn: () => void, every: number) => timers.push({ turn, every }),
    clearInterval: (id: unknown) => void ended.push(id),
  });
  try {
    let left = 3;
    const spinner = startSpinner(sink, () => `${left--} s left, wait`);
    assert.equal(sink.text(), `${clear}${cyan("⠋")} 3 s left,`, "cut to the width");
    const [{ turn, every }] = timers as [typeof timers[0]];
    assert.equal(every, 100);
    turn();
    assert.ok(sink.text().endsWith(`${clear}${cyan("⠙")} 2 s left,`));
    spinner.line("above");
    assert.ok(sink.text().endsWith(`2 s left,${clear}above\n${clear}${cyan("⠹")} 1 s left,`));
    for (let count = 0; count < 8; count++) turn();
    assert.ok(sink.text().endsWith(`${clear}${cyan("⠋")} -7 s left`), "it goes round");
    spinner[Symbol.dispose]();
    assert.ok(sink.text().endsWith(` -7 s left${clear}`), "nothing of it is left");
    assert.deepEqual(ended, [1]);
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
});

Deno.test("a spinner at a narrow terminal shows a character at least, whole", () => {
  for (const width of [1, 3, 4]) {
    const sink = recordedSink({ isTerminal: true, width });
    startSpinner(sink, () => "🐌 slow")[Symbol.dispose]();
    assert.equal(sink.text(), `${clear}${cyan("⠋")} 🐌${clear}`);
  }
});
