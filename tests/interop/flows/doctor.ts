import assert from "node:assert/strict";
import type { Flow } from "./flow.ts";

/** `doctor` finds nothing wrong where nothing is wrong. */
export const doctor: Flow = {
  name: "doctor",
  isOffered: () => true,
  async run(stage) {
    await using desk = await stage.desk(stage.provider.clients.public);
    assert.equal((await desk.login()).code, 0);
    const { code, stdout } = await desk.run("doctor");
    assert.equal(code, 0, stdout);
    const lines = stdout.split("\n").filter((line) => /^\s*[!✗]/.test(line));
    assert.deepEqual(lines, [], stdout);
  },
};
