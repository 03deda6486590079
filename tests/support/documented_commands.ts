/**
 * What a page of the documentation tells its reader to type, so that a test can do it literally.
 *
 * @module
 */
import { join } from "node:path";
import { repository } from "./paths.ts";

/** What stands below one heading of a page. */
export interface DocumentedSection {
  /** The commands that stand below the comment `# as root` or `# as the person`. */
  commands(who: "root" | "the person"): string;
  /** The first block in this language. */
  block(language: string): string;
}

/** Reads a section of `docs/PAGE` by its heading. */
export async function documentedSection(
  { page, heading }: { page: string; heading: string },
): Promise<DocumentedSection> {
  const text = await Deno.readTextFile(join(repository, "docs", page));
  const section = text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/${page} has no section ${heading}`);
  const blocks = [...section.matchAll(/^( *)```(\w+)\n([^]*?)^ *```/gm)]
    .map(([, indentation, language, block]) => ({
      language,
      text: block.replaceAll(new RegExp(`^${indentation}`, "gm"), ""),
    }));
  const required = (text: string | undefined, what: string) => {
    if (text === undefined) throw new Error(`docs/${page}, ${heading}, has no ${what}`);
    return text;
  };
  return {
    commands: (who) =>
      required(
        blocks.find(({ language, text }) => language === "sh" && text.startsWith(`# as ${who}`))
          ?.text,
        `commands as ${who}`,
      ),
    block: (language) =>
      required(blocks.find((block) => block.language === language)?.text, `block of ${language}`),
  };
}
