import { textOf } from "../connection.ts";
import type { Connection } from "../connection.ts";

const patience = 5000;

/**
 * Calls a tool during which the server asks the client, and gives the text of its result. Twice when
 * no answer comes the first time: some servers ask on the stream that the client has opened by
 * itself, and what they say before it is open is lost, whoever the client is.
 */
export async function callThatAsks(
  connection: Connection,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  try {
    return textOf(await connection.callTool(name, args, { timeout: patience }));
  } catch (error) {
    if (!(error instanceof Error && /timed out/i.test(error.message))) throw error;
    return textOf(await connection.callTool(name, args, { timeout: patience }));
  }
}
