import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type CatalogueRecord,
  readRecord,
  recordPath,
  writeRecord,
} from "../../../../src/cli/setup/catalogue/catalogue_record.ts";

const record: CatalogueRecord = { "https://a.test": { tools: { oidcClientId: "abc" } } };

async function inDirectory(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(join(directory, "config.catalogue.json"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("what was written is kept beside the configuration file", () => {
  assert.equal(recordPath("/a/config.json"), "/a/config.catalogue.json");
  assert.equal(recordPath("/a/my.json.txt"), "/a/my.json.txt.catalogue.json");
  assert.equal(recordPath("/a/xjson"), "/a/xjson.catalogue.json");
});

Deno.test("what was written is read again, and nothing where nothing was", async () => {
  await inDirectory(async (path) => {
    assert.deepEqual(await readRecord(path), {});
    await writeRecord(path, { before: {}, after: record });
    assert.deepEqual(await readRecord(path), record);
    assert.equal(
      await Deno.readTextFile(path),
      `${JSON.stringify({ sources: record }, null, 2)}\n`,
    );
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  });
});

Deno.test("a record that stays the same is not touched", async () => {
  await inDirectory(async (path) => {
    await writeRecord(path, { before: record, after: structuredClone(record) });
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    await writeRecord(path, { before: record, after: {} });
    assert.deepEqual(await readRecord(path), {});
  });
});

const texts: [text: string, record: CatalogueRecord][] = [
  ["{}", {}],
  [`{"sources": null}`, {}],
  [`{"sources": {"a": null, "b": {"c": {}}}}`, { a: {}, b: { c: {} } }],
];
for (const [text, read] of texts) {
  Deno.test(`a record that says ${text} is read for what it says`, async () => {
    await inDirectory(async (path) => {
      await Deno.writeTextFile(path, text);
      assert.deepEqual(await readRecord(path), read);
    });
  });
}

Deno.test({
  name: "a record that is no file is not read",
  ignore: Deno.build.os === "windows",
  fn: () => assert.rejects(readRecord("/dev/null"), /from \/dev\/null: .* not a file/),
});

Deno.test("a record that is not understood is told, since nobody knows then whose a server is", async () => {
  await inDirectory(async (path) => {
    await Deno.writeTextFile(path, "{");
    await assert.rejects(readRecord(path), (error: Error & Record<string, unknown>) => {
      assert.equal(error.category, "System error");
      assert.equal(error.reason, "catalogue_record_unreadable");
      assert.match(
        String(error.what),
        /^what was written from catalogues cannot be read from .*config\.catalogue\.json: ./,
      );
      assert.equal(
        error.fix,
        "correct the file, or remove it: then every server counts as your own",
      );
      return true;
    });
  });
});
