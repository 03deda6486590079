/**
 * Draws `setup` and the first call after it as docs/images/setup.svg, from the screens that the tests
 * record of the real program: `deno task docs`. A test fails when the picture is stale.
 *
 * @module
 */
import { join } from "node:path";
import { drawTerminal } from "./terminal_picture/draw_terminal.ts";
import { abridge } from "./terminal_picture/abridge.ts";
import { atCompany } from "./terminal_picture/at_company.ts";

/** Where the picture is, from the top of the repository. */
export const terminalPicturePath = "docs/images/setup.svg";

/** Where the screens are that it is drawn from, from the top of the repository. */
export const screensPath = "tests/e2e/commands/screens";

/** Columns of the terminal, as wide as the recorded one. */
const columns = 80;

/** The picture, as it would be drawn now. */
export async function terminalPicture(root: string): Promise<string> {
  const read = async (name: string) =>
    (await Deno.readTextFile(join(root, screensPath, name))).trimEnd().split("\n");
  const setup = abridge((await read(`setup.${columns}.txt`)).map(atCompany));
  const call = await read("first_call.txt");
  return drawTerminal(
    ["$ npx -y authful-mcp-proxy setup", ...setup, "", ...call],
    {
      columns,
      title: "authful-mcp-proxy setup, and the first call after it",
      description:
        "A terminal. The command setup asks for the MCP client, the URL of the remote MCP " +
        "server, the issuer and the client id; it checks provider and backend, opens the browser, " +
        "signs Ada in, finds that the backend accepts the token and offers its tools, and writes " +
        "two files. Then the MCP Inspector calls the tool echo by the entry that was written, and " +
        "the tool answers hello.",
    },
  );
}

if (import.meta.main) {
  const root = join(import.meta.dirname!, "..");
  await Deno.writeTextFile(join(root, terminalPicturePath), await terminalPicture(root));
}
