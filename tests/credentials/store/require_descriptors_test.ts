import assert from "node:assert/strict";
import { requireDescriptors } from "../../../src/credentials/store/require_descriptors.ts";

/** Runs it on a machine that lets so many files be opened. */
function withLimit(limit: number, code: string): { open: number } {
  const { openSync } = Deno;
  const counts = { open: 0 };
  Deno.openSync = (path, options) => {
    if (counts.open === limit) throw Object.assign(new Error("no more files"), { code });
    const file = openSync(path, options);
    counts.open++;
    const close = file.close.bind(file);
    file.close = () => {
      counts.open--;
      close();
    };
    return file;
  };
  try {
    requireDescriptors();
  } catch (error) {
    throw Object.assign(error as Error, counts);
  } finally {
    Deno.openSync = openSync;
  }
  return counts;
}

const onUnix = { ignore: Deno.build.os === "windows" };

Deno.test("sixteen files that can be opened are enough, and all are closed again", onUnix, () => {
  assert.deepEqual(withLimit(16, "EMFILE"), { open: 0 });
});

Deno.test("fewer are an error that says how many there are", onUnix, () => {
  for (const code of ["EMFILE", "ENFILE"]) {
    assert.throws(() => withLimit(15, code), {
      reason: "too_few_descriptors",
      what: "the limit of open files leaves this process 15, and it needs 16",
      open: 0,
    });
  }
});

Deno.test("a machine that does not let it be asked is taken to have enough", onUnix, () => {
  assert.deepEqual(withLimit(3, "EACCES"), { open: 0 });
});
