// Tests put a clock of their own in the place of the real one; a limit is real time nevertheless.
const { setTimeout } = globalThis;
const patience = 30_000;

/** Waits for a condition that other events bring about; an error after 30 s says what did not happen. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = Date.now() + patience;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
