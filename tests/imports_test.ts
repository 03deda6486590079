import assert from "node:assert/strict";
import { join } from "node:path";
import { importCircles, moduleOf, readImports } from "../scripts/architecture/imports.ts";
import { modules } from "../scripts/architecture/modules.ts";
import { repository } from "./support/paths.ts";

const imports = await readImports(join(repository, "src"));

Deno.test("no file of the program imports itself by way of others, not even for a type", () => {
  const circles = importCircles(imports).map((files) => [...files, files[0]].join(" → "));
  assert.deepEqual(circles, [], "a type that two files need belongs into a file below both");
});

Deno.test("modules import only from those that the architecture lets them know", () => {
  const wrong = imports.flatMap(({ from, to }) => {
    const [own, other] = [moduleOf(from), moduleOf(to)];
    if (own === other || modules[own]?.imports.includes(other)) return [];
    return [
      `${from} must not import ${to}: ${own} does not know ${other}, ${
        modules[own]?.because ?? "and is no module of scripts/architecture/modules.ts"
      }`,
    ];
  });
  assert.deepEqual(wrong, []);
});

Deno.test("every arrow between modules points downwards", () => {
  const order = Object.keys(modules);
  for (const [name, { imports }] of Object.entries(modules)) {
    for (const other of imports) {
      assert(order.indexOf(other) < order.indexOf(name), `${name} is not above ${other}`);
    }
  }
});

Deno.test("what finds circles finds them", () => {
  const of = (...pairs: string[]) => pairs.map((pair) => ({ from: pair[0], to: pair[1] }));
  assert.deepEqual(importCircles(of("ab", "bc", "ac")), []);
  assert.deepEqual(importCircles(of("ab", "bc", "ca", "da")), [["a", "b", "c"]]);
  assert.deepEqual(importCircles(of("aa")), [["a"]]);
});
