import { type Command, Help, type Option } from "commander";

/** Narrower than this, what a flag does stands below it. */
const narrowest = 32;

/** Between two columns, and in front of each line. */
const gap = 2;

/**
 * Lays help out: commands before flags, in the width of the terminal, no word broken and no column
 * squeezed. `commander` decides what is shown.
 */
export class HelpLayout extends Help {
  // Everything wraps: how narrow a column may get is decided below.
  override minWidthToWrap = 1;
  readonly #own: readonly Option[] | undefined;

  /**
   * @param own the options that are listed, besides the one for help; all of them by default. A
   * mistyped flag is compared with all that the command takes.
   */
  constructor(own?: readonly Option[]) {
    super();
    this.#own = own;
  }

  /** A command in the list: what it takes stands in its own help. */
  override subcommandTerm(command: Command): string {
    const [argument] = command.registeredArguments;
    return argument?.required ? `${command.name()} ${argument.name()}` : command.name();
  }

  /** The whole help of a command. */
  override formatHelp(command: Command, helper: Help): string {
    const width = helper.helpWidth ?? 80;
    const list = (heading: string, items: readonly (readonly [string, string])[]) =>
      items.length === 0 ? [] : [
        heading,
        ...layOut(items, { width, wrap: (text, width) => helper.boxWrap(text, width) }),
        "",
      ];
    const options = helper.groupItems(
      [...command.options],
      helper.visibleOptions(command).filter((option) =>
        this.#own?.includes(option) || option.long === "--help" || !this.#own
      ),
      (option) => option.helpGroupHeading ?? "Options:",
    );
    return [
      `Usage: ${helper.commandUsage(command)}`,
      "",
      helper.boxWrap(helper.commandDescription(command), width),
      "",
      ...list(
        "Commands:",
        helper.visibleCommands(command).map((each) => [
          helper.subcommandTerm(each),
          helper.subcommandDescription(each),
        ]),
      ),
      ...list(
        "Arguments:",
        helper.visibleArguments(command).map((argument) => [
          helper.argumentTerm(argument),
          helper.argumentDescription(argument),
        ]),
      ),
      ...[...options].flatMap(([heading, options]) =>
        list(
          heading,
          options.map((option) => [
            helper.optionTerm(option),
            helper.optionDescription(option),
          ]),
        )
      ),
    ].join("\n");
  }
}

/** Lines of terms and what they mean, side by side where there is room, else one below the other. */
export function layOut(
  items: readonly (readonly [term: string, meaning: string])[],
  { width, wrap }: { width: number; wrap: (text: string, width: number) => string },
): string[] {
  const widest = Math.max(...items.map(([term]) => term.length));
  const room = width - widest - 2 * gap;
  const indentation = " ".repeat(gap);
  if (room >= narrowest) {
    const below = `\n${" ".repeat(widest + 2 * gap)}`;
    return items.map(([term, meaning]) =>
      indentation + term.padEnd(widest + gap) + wrap(meaning, room).replaceAll("\n", below)
    ).map((line) => line.trimEnd());
  }
  const deeper = " ".repeat(3 * gap);
  return items.map(([term, meaning]) =>
    indentation + term + (meaning && `\n${deeper}`) +
    wrap(meaning, Math.max(width - deeper.length, 20)).replaceAll("\n", `\n${deeper}`)
  );
}
