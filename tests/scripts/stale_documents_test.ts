import assert from "node:assert/strict";
import { modulePicture, withPicture } from "../../scripts/architecture.ts";
import { staleDocuments } from "../../scripts/stale_documents.ts";
import { repository } from "../support/paths.ts";

Deno.test("every generated document is as it would be generated now: run `deno task docs`", async () => {
  assert.deepEqual(await staleDocuments(repository), []);
});

Deno.test("the picture of the modules has every module, and no arrow that another one implies", async () => {
  const picture = await modulePicture(`${repository}src`);
  for (const name of ["cli", "app", "bridge", "oidc", "credentials", "settings", "net"]) {
    assert.match(picture, new RegExp(`^  ${name}\\["`, "m"));
  }
  assert.match(picture, /^ {2}cli --> app$/m);
  assert.doesNotMatch(picture, /^ {2}cli --> (?:bridge|base)$/m);
  assert.throws(() => withPicture("no markers", picture), /Cannot find/);
});
