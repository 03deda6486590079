import { ok } from "node:assert/strict";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

/** Checks a value against one of the schemas in `tests/scripts/fixtures/schemas`. */
export async function assertMatchesSchema(value: unknown, schemaFile: string): Promise<void> {
  const path = new URL(`../fixtures/schemas/${schemaFile}`, import.meta.url);
  const ajv = new Ajv({ strict: false, allErrors: true });
  // An annotation of winget, not a format to check.
  ajv.addFormat("long", true);
  // Written for CommonJS, whose default export the types put one level deeper.
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const validate = ajv.compile(JSON.parse(await Deno.readTextFile(path)));
  ok(validate(value), ajv.errorsText(validate.errors, { separator: "\n" }));
}
