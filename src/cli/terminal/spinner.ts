import type { Sink } from "./terminal.ts";

/** Something that is being waited for, shown on one line. */
export interface Spinner extends Disposable {
  /** Writes a line above the spinner. */
  line(text: string): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * Shows that the program waits until it is disposed of. Where lines cannot be written over, the text
 * is shown once.
 *
 * @param text what is waited for; asked again for every picture, so it may tell the time left
 */
export function startSpinner(sink: Sink, text: () => string): Spinner {
  if (!sink.canRewrite) {
    sink.line(text());
    return { line: (above) => sink.line(above), [Symbol.dispose]() {} };
  }
  let turn = 0;
  const clear = () => sink.write("\r\x1b[2K");
  const draw = () => {
    const frame = frames[turn++ % frames.length];
    const shown = [...text()].slice(0, Math.max(1, sink.width - 3)).join("");
    clear();
    sink.write(`${sink.paint.cyan(frame)} ${shown}`);
  };
  draw();
  const timer = setInterval(draw, 100);
  return {
    line(above) {
      clear();
      sink.line(above);
      draw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      clear();
    },
  };
}
