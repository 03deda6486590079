/**
 * The last resort against tests that hang: loaded before the tests (`deno test --preload`), it gives
 * every test a limit. What a test waits for should have one of its own (`within.ts`, `until.ts`,
 * `bounded.ts`), which says what did not come.
 *
 * @module
 */

/** Longer than any test takes, even beside others on a busy machine; in milliseconds. */
const limit = 300_000;

type Definition = Partial<Deno.TestDefinition>;
type Test = (definition: Deno.TestDefinition) => void;

const test = Deno.test;

/** Takes all the forms that `Deno.test` has: name, options and function in this order, any of them absent. */
function testWithLimit(...given: (string | Definition | Deno.TestDefinition["fn"])[]): void {
  const definition: Definition = {};
  for (const part of given) {
    if (typeof part === "string") definition.name = part;
    else if (typeof part === "function") definition.fn = part;
    else Object.assign(definition, part);
  }
  definition.name ??= definition.fn?.name;
  (test as Test)({ timeout: limit, ...definition } as Deno.TestDefinition);
}

Object.assign(Deno, { test: Object.assign(testWithLimit, test) });
