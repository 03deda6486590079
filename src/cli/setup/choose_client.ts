import { UsageError } from "../../base/usage_error.ts";
import type { CommandContext } from "../commands/command.ts";
import { ask } from "../terminal/ask.ts";
import type { ClientFormat } from "./client_format.ts";
import { clients } from "./clients.ts";
import { inputEnded } from "./questions.ts";

/**
 * The client that `--client` names, or else the person; `json` for any other.
 *
 * @throws {UsageError} where there is neither
 */
export async function chooseClient(
  { flags, terminal }: CommandContext,
): Promise<ClientFormat | "json"> {
  const { err, interactive } = terminal;
  const all = [...clients.map(({ id }) => id), "json"];
  let { client: id } = flags;
  if (id === undefined) {
    if (!interactive) {
      throw new UsageError({
        what: "--client is missing",
        fix: `pass --client with one of ${all.join(", ")}`,
        command: "setup",
      });
    }
    err.line(err.paint.bold("Which client do you want to set up?"));
    for (const [i, { title, id }] of clients.entries()) {
      err.line(`  ${String(i + 1).padStart(2)}  ${title} ${err.paint.dim(id)}`);
    }
    err.line(`  ${all.length}  any other: print the entry as JSON`);
    const answer = await ask(err, "Number or name:", {
      check: (answer) =>
        all.includes(answer) || all[Number(answer) - 1] !== undefined
          ? undefined
          : `there is no ${JSON.stringify(answer)}`,
    });
    if (answer === undefined) throw inputEnded();
    id = all.includes(answer) ? answer : all[Number(answer) - 1];
  }
  // The command line takes no other names.
  return clients.find((client) => client.id === id) ?? "json";
}
