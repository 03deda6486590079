import assert from "node:assert/strict";
import { openTerminal } from "../../../src/cli/terminal/terminal.ts";

const streams = [Deno.stdin, Deno.stdout, Deno.stderr] as const;

/** Opens a terminal of streams that are one, or not; gives it with what is written to each. */
function open(
  { are = [true, true, true], env = {}, size = { columns: 132, rows: 24 } }: {
    are?: [stdin: boolean, stdout: boolean, stderr: boolean];
    env?: Record<string, string>;
    size?: { columns: number; rows: number } | Error;
  },
  use: (terminal: ReturnType<typeof openTerminal>, written: () => string) => void,
): void {
  const { consoleSize } = Deno;
  const whether = streams.map(({ isTerminal }) => isTerminal);
  const write = Deno.stdout.writeSync;
  const pieces: string[] = [];
  Deno.consoleSize = () => {
    if (size instanceof Error) throw size;
    return size;
  };
  streams.forEach((stream, at) => stream.isTerminal = () => are[at]!);
  // A pipe takes a part, and says how much.
  Deno.stdout.writeSync = (bytes) => {
    const part = bytes.subarray(0, 5);
    pieces.push(new TextDecoder().decode(part));
    return part.length;
  };
  try {
    use(openTerminal((name) => env[name]), () => pieces.join(""));
  } finally {
    Object.assign(Deno, { consoleSize });
    streams.forEach((stream, at) => stream.isTerminal = whether[at]!);
    Deno.stdout.writeSync = write;
  }
}

Deno.test("a person can be asked where input and messages are a terminal", () => {
  const rows: [[boolean, boolean, boolean], boolean][] = [
    [[true, true, true], true],
    [[true, false, true], true],
    [[false, true, true], false],
    [[true, true, false], false],
  ];
  for (const [are, interactive] of rows) {
    open({ are }, (terminal) => {
      assert.equal(terminal.interactive, interactive);
      assert.deepEqual([terminal.out.isTerminal, terminal.err.isTerminal], are.slice(1));
    });
  }
});

Deno.test("lines can be written over at a terminal that is not dumb", () => {
  const canRewrite = (is: boolean, env: Record<string, string>) => {
    let can: boolean | undefined;
    open({ are: [true, is, true], env }, ({ out }) => can = out.canRewrite);
    return can;
  };
  assert.deepEqual(
    [canRewrite(true, {}), canRewrite(true, { TERM: "dumb" }), canRewrite(false, {})],
    [true, false, false],
  );
});

Deno.test("the width is that of COLUMNS, else of the terminal, else 80", () => {
  const width = (settings: Parameters<typeof open>[0]) => {
    let columns: number | undefined;
    open(settings, ({ out }) => columns = out.width);
    return columns;
  };
  const pipe: [boolean, boolean, boolean] = [true, false, true];
  assert.equal(width({}), 132);
  assert.equal(width({ env: { COLUMNS: "50" } }), 50);
  assert.equal(width({ are: pipe, env: { COLUMNS: "1" } }), 1);
  for (const COLUMNS of ["0", "-1", "1.5", "wide", ""]) {
    assert.equal(width({ env: { COLUMNS } }), 132, COLUMNS);
  }
  assert.equal(width({ are: pipe }), 80);
  assert.equal(width({ size: { columns: 0, rows: 0 } }), 80);
  assert.equal(width({ size: new Error("not a terminal") }), 80);
});

Deno.test("lines are broken at a terminal only, and all of a text is written", () => {
  open({ env: { COLUMNS: "12" } }, ({ out }, written) => {
    out.line("one two three four");
    out.line();
    out.write("one two three four");
    assert.equal(written(), "one two\n  three four\n\none two three four");
  });
  open({ are: [true, false, true], env: { COLUMNS: "12" } }, ({ out }, written) => {
    out.line("one two three four");
    assert.equal(written(), "one two three four\n");
  });
});

Deno.test("colours are those of each stream", () => {
  open({ are: [true, true, false] }, ({ out, err }) => {
    assert.deepEqual([out.paint.red("x"), err.paint.red("x")], ["\x1b[31mx\x1b[39m", "x"]);
  });
});

Deno.test("a reader that has read enough is no error, and another fault is one", () => {
  open({}, ({ out }) => {
    Deno.stdout.writeSync = () => {
      throw new Deno.errors.BrokenPipe();
    };
    out.line("nobody reads this");
    Deno.stdout.writeSync = () => {
      throw new Deno.errors.BadResource("closed");
    };
    assert.throws(() => out.line("nor this"), Deno.errors.BadResource);
  });
});
