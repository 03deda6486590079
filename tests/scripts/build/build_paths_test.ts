import { equal } from "node:assert/strict";
import { findPaths } from "../../../scripts/build/build_paths.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a directory of the build machine is found in binary content", () => {
  const content = bytes(`\0\u00ff"/home/builder/work/src/main.ts:1:1"\0`);
  equal(
    findPaths(content, ["/home/builder/work"])?.startsWith("/home/builder/work/src/main.ts"),
    true,
  );
});

Deno.test("a Windows path is found in either spelling", () => {
  equal(findPaths(bytes("file:///C:/build/app/x.js"), ["C:\\build\\app"]), "C:/build/app/x.js");
});

Deno.test("a home directory so short that every runtime holds it is not looked for", () => {
  equal(findPaths(bytes("/root/x"), ["/root"]), undefined);
});
