import { equal, ok } from "node:assert/strict";
import { within } from "../../support/within.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "clean end",
  programOnly: true,
  async run({ startProgram }) {
    await using program = await startProgram();
    await program.initialize();
    ok((await program.request("tools/list")).result);
    await program.endInput();
    const { code } = await within(program.exit, { what: "the end", patience: 5000 });
    equal(code, 0);
  },
} satisfies Feature;
