import { assertNothingLeaks } from "./aborted_starts.ts";

Deno.test({
  name: "seven starts that are aborted in the middle of a sign-in leave one process, then nothing",
  ignore: Deno.build.os === "windows",
  fn: () => assertNothingLeaks({ starts: 7 }),
});
