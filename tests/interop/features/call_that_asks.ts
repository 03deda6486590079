import { textOf } from "../connection.ts";
import type { Connection } from "../connection.ts";

const patience = 5000;

/**
 * Calls a tool during which the server asks the client, and gives the text of its result. Twice when
 * no answer comes the first time, or the Go SDK says that it could not ask: some servers ask on the
 * stream that the client has opened by itself, and what they say before it is open is lost, whoever
 * the client is.
 */
export async function callThatAsks(
  connection: Connection,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const call = async () => textOf(await connection.callTool(name, args, { timeout: patience }));
  try {
    const text = await call();
    return /stream not connected/.test(text) ? await call() : text;
  } catch (error) {
    if (!(error instanceof Error && /timed out/i.test(error.message))) throw error;
    return await call();
  }
}
