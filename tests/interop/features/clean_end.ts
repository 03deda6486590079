import { equal, ok } from "node:assert/strict";
import { within } from "../../support/within.ts";
import type { Feature } from "./feature.ts";

/** What every request says since 2026. */
const envelope = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "interop", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};

export default {
  name: "clean end",
  programOnly: true,
  async run({ startProgram, era }) {
    const program = await startProgram();
    if (era === "2025") await program.initialize();
    const { result, error } = await program.request("tools/list", era === "2025" ? {} : envelope);
    ok(result, error?.message);
    await program.endInput();
    const { code } = await within(program.exit, { what: "the end", patience: 5000 });
    equal(code, 0);
  },
} satisfies Feature;
