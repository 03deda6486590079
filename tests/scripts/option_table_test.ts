import { strictEqual } from "node:assert/strict";
import { withOptionTable } from "../../scripts/option_table.ts";

Deno.test("the README shows the options as they are: run `deno task docs` after a change", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  // The formatter pads table cells; what they say is compared.
  const cells = (text: string) => text.replace(/ *\| */g, "|").replace(/\|-+/g, "|---");
  strictEqual(cells(readme), cells(withOptionTable(readme)));
});
