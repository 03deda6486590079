import { equal, ok } from "node:assert/strict";
import { within } from "../../support/within.ts";
import { bareParameters } from "./bare_parameters.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "clean end",
  programOnly: true,
  async run({ startProgram, era }) {
    const program = await startProgram();
    if (era === "2025") await program.initialize();
    const { result, error } = await program.request("tools/list", bareParameters(era));
    ok(result, error?.message);
    await program.endInput();
    const { code } = await within(program.exit, { what: "the end", patience: 5000 });
    equal(code, 0);
  },
} satisfies Feature;
