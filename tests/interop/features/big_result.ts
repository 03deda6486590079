import { equal, ok } from "node:assert/strict";
import { textOf, type ToolResult } from "../connection.ts";
import { bareParameters } from "./bare_parameters.ts";
import type { Feature } from "./feature.ts";

const bytes = 20_000_000;

export default {
  name: "20 MB result",
  patience: 90_000,
  async run({ connect, startProgram, translate, direct, era }) {
    // The SDK's stdio transport joins everything it has with each piece that comes: at this size that
    // would be what is measured. The program's own output is read instead.
    if (direct) {
      const connection = await connect();
      const result = await connection.callTool("big", { bytes }, { timeout: 80_000 });
      requireLength(textOf(result));
      return;
    }
    const program = await startProgram();
    if (era === "2025") await program.initialize();
    const { name, args, text = (all) => all } = translate("big", { bytes });
    const { result, error } = await program.request(
      "tools/call",
      bareParameters(era, { name, arguments: args }),
    );
    equal(error, undefined);
    requireLength(text(textOf(result as unknown as ToolResult)));
  },
} satisfies Feature;

/** A text that is not that of the tool is most likely an error, and says why. */
function requireLength(text: string): void {
  ok(text.length === bytes, `${text.length} characters: ${text.slice(0, 200)}`);
}
