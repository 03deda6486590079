/** Marks up text for a terminal, or leaves it as it is. */
export interface Paint {
  /** What matters most. */
  bold(text: string): string;
  /** What matters least. */
  dim(text: string): string;
  /** What is wrong. */
  red(text: string): string;
  /** What is right. */
  green(text: string): string;
  /** What needs attention. */
  yellow(text: string): string;
  /** What can be typed or opened. */
  cyan(text: string): string;
  /** ✓, or a plain word where the terminal knows ASCII only. */
  readonly ok: string;
  /** ! */
  readonly warning: string;
  /** ✗, or a plain word where the terminal knows ASCII only. */
  readonly failure: string;
  /** ?, for what cannot be told. */
  readonly open: string;
}

/** What {@linkcode createPaint} goes by. */
export interface PaintOptions {
  /** Whether the stream is a terminal. */
  isTerminal: boolean;
  /** Reads an environment variable. */
  env: (name: string) => string | undefined;
}

/**
 * Colours when the stream is a terminal that has them. `NO_COLOR` (https://no-color.org) switches
 * them off, `FORCE_COLOR` on for pipes too, and `TERM=dumb` means neither colours nor signs beyond
 * ASCII.
 */
export function createPaint({ isTerminal, env }: PaintOptions): Paint {
  const dumb = env("TERM") === "dumb";
  const coloured = hasColours(isTerminal && !dumb, env);
  const style = (open: number, close: number) => (text: string) =>
    coloured && text !== "" ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  const red = style(31, 39);
  const green = style(32, 39);
  const yellow = style(33, 39);
  const cyan = style(36, 39);
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red,
    green,
    yellow,
    cyan,
    ok: green(dumb ? "ok" : "✓"),
    warning: yellow("!"),
    failure: red(dumb ? "x" : "✗"),
    open: cyan("?"),
  };
}

function hasColours(able: boolean, env: (name: string) => string | undefined): boolean {
  const forced = env("FORCE_COLOR");
  if (forced) return forced !== "0" && forced !== "false";
  return able && !env("NO_COLOR");
}
