/** Stands for lines that are left out. */
export const omission = "⋮";

/** What a picture has no room for: from the line that begins so, to before the one that ends it. */
const omitted: readonly (readonly [from: RegExp, to: RegExp])[] = [
  // The clients, of which one is then named.
  [/^ +1 {2}/, /^Number or name:/],
  // What to register at the provider.
  [/^At \S+ the client needs:/, /^Client id registered there:/],
  // Where to go when the browser does not open.
  [/^ {2}http:\S+\/sign-in\//, /^✓ Signed in/],
  // What is known of the account.
  [/^ {2}provider {2,}/, /^✓ The backend accepts/],
  // What changes in which file.
  [/^--- /, /^Write /],
];

/**
 * The lines of `setup` with a mark where some are left out.
 *
 * @throws {Error} When the screen no longer has what is to be left out: then somebody has to look at
 * the picture again.
 */
export function abridge(lines: readonly string[]): string[] {
  return omitted.reduce((lines, [from, to]) => {
    const begin = lines.findIndex((line) => from.test(line));
    const end = lines.findIndex((line, index) => index > begin && to.test(line));
    if (begin < 0 || end < 0) {
      throw new Error(
        `The screen of setup has no lines from ${from} to ${to}: change what ` +
          "scripts/terminal_picture/abridge.ts leaves out of the picture",
      );
    }
    return [...lines.slice(0, begin), omission, ...lines.slice(end)];
  }, [...lines]);
}
