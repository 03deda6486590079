import { assertNothingLeaks } from "../../e2e/aborted_starts.ts";

Deno.test({
  name:
    "a hundred starts that are aborted in the middle of a sign-in leave one process, then nothing",
  ignore: Deno.build.os === "windows",
  fn: () => assertNothingLeaks({ starts: 100 }),
});
