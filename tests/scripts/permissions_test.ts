import { deepEqual, equal } from "node:assert/strict";
import { withPermissionList, withPermissionSet } from "../../scripts/permissions.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

Deno.test("deno.json grants `deno run -P` what the program needs: run `deno task docs` after a change", async () => {
  const text = await read("deno.json");
  deepEqual(JSON.parse(text).permissions, JSON.parse(withPermissionSet(text)).permissions);
});

Deno.test("docs/installation.md lists the permissions: run `deno task docs` after a change", async () => {
  const page = await read("docs/installation.md");
  // The formatter pads table cells; what they say is compared.
  const cells = (text: string) => text.replace(/ *\| */g, "|").replace(/\|-+/g, "|---");
  equal(cells(page), cells(withPermissionList(page)));
});
