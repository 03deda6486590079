import assert from "node:assert/strict";
import { join } from "node:path";
import { changeFiles, type FileChange } from "../../../src/cli/setup/change_files.ts";
import { unreadableConfiguration } from "../../../src/cli/setup/unreadable_configuration.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import type { CommandContext } from "../../../src/cli/commands/command.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";

/** A directory with these files, and what `setup` does to them with these flags and answers. */
async function prepare(
  files: Record<string, string>,
  { flags = {}, answers }: { flags?: CommandContext["flags"]; answers?: string[] } = {},
) {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "authful-change-" }));
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(root, name), text);
  }
  const terminal = answeringTerminal(answers);
  const plain = (text: string) =>
    text.replaceAll(`${root}/`, "").replaceAll(`${root}\\`, "")
      .replace(/backup-\d{4}-[\dTZ-]+/g, "backup-NOW");
  return {
    path: (name: string) => join(root, name),
    read: (name: string) => Deno.readTextFile(join(root, name)),
    names: () => Array.from(Deno.readDirSync(root), ({ name }) => plain(name)).sort(),
    change: (...changes: FileChange[]) =>
      changeFiles({ flags, terminal } as unknown as CommandContext, changes),
    get out() {
      return plain(terminal.onOut);
    },
    get err() {
      return plain(terminal.onErr);
    },
    async [Symbol.asyncDispose]() {
      terminal[Symbol.dispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}

const to = (path: string, text: string, more: Partial<FileChange> = {}): FileChange => ({
  path,
  change: () => text,
  unchanged: "needs no change",
  masked: (text) => text.replaceAll("s3cret", "***"),
  ...more,
});

Deno.test("files that need no change are not touched, and nobody is asked", async () => {
  await using here = await prepare({ a: "1\n" });
  assert.equal(
    await here.change(to(here.path("a"), "1\n"), to(here.path("b"), "", { unchanged: "is empty" })),
    "written",
  );
  assert.equal(here.err, "✓ a needs no change\n✓ b is empty\n");
  assert.equal(here.out, "");
  assert.deepEqual(here.names(), ["a"]);
});

const difference = "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-1\n+2\n";

Deno.test("a dry run shows the change on stdout, and on stderr where stdout is for JSON", async () => {
  for (const json of [undefined, "true"]) {
    await using here = await prepare({ a: "1\n" }, { flags: { "dry-run": "true", json } });
    assert.equal(await here.change(to(here.path("a"), "2\n")), "shown");
    assert.deepEqual([here.out, here.err], json ? ["", difference] : [difference, ""]);
    assert.deepEqual(here.names(), ["a"]);
  }
});

Deno.test("with --yes all files are written in their order, each with what was there", async () => {
  await using here = await prepare({ a: "1\n", c: "3\n" }, { flags: { yes: "true" } });
  const changes = [to(here.path("a"), "2\n"), to(here.path("b"), "x\n"), to(here.path("c"), "3\n")];
  assert.equal(await here.change(...changes), "written");
  assert.equal(
    here.err,
    "✓ c needs no change\n" + difference + "--- /dev/null\n+++ b\n@@ -0,0 +1,1 @@\n+x\n" +
      "✓ Wrote a; what was there is in a.backup-NOW\n✓ Wrote b\n",
  );
  assert.equal(here.out, "");
  assert.deepEqual(here.names(), ["a", "a.backup-NOW", "b", "c"]);
  assert.deepEqual([await here.read("a"), await here.read("b")], ["2\n", "x\n"]);
});

Deno.test("a person is asked once for all files", async () => {
  await using here = await prepare({ a: "1\n" }, { answers: ["y"] });
  assert.equal(await here.change(to(here.path("a"), "2\n"), to(here.path("b"), "x")), "written");
  assert.match(here.err, /Write a and b\? \[Y\/n\] ✓ Wrote a; .*\n✓ Wrote b\n$/);
  assert.equal(await here.read("b"), "x");
});

Deno.test("a person who says no has nothing written", async () => {
  await using here = await prepare({ a: "1\n" }, { answers: ["n"] });
  assert.equal(await here.change(to(here.path("a"), "2\n")), "refused");
  assert.equal(here.err, `${difference}Write a? [Y/n] Nothing was written\n`);
  assert.deepEqual(here.names(), ["a"]);
});

Deno.test("without a person nothing is written, and how to is said", async () => {
  await using here = await prepare({ a: "1\n" });
  await assert.rejects(here.change(to(here.path("a"), "2\n")), {
    message: "Usage error: there is no terminal to ask in. Fix: add --yes to write the file or " +
      "--dry-run to only show the change, or see authful-mcp-proxy setup --help.",
  });
  assert.equal(here.err, difference);
  assert.equal(await here.read("a"), "1\n");
});

Deno.test("secrets are hidden in the difference, and one that is all of it is told", async () => {
  const dry = { flags: { "dry-run": "true" } };
  await using here = await prepare({ a: "s3cret 1\n", b: "x\n", c: "s3cret\n" }, dry);
  await here.change(
    to(here.path("a"), "s3cret 2\n"),
    to(here.path("b"), "y\n", { masked: () => "the same" }),
    to(here.path("d"), "s3cret\n"),
    to(here.path("c"), "", { goes: () => true }),
  );
  assert.equal(
    here.out,
    "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-*** 1\n+*** 2\n" +
      "b: only values change that are not shown\n" +
      "--- /dev/null\n+++ d\n@@ -0,0 +1,1 @@\n+***\n" +
      "--- c\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-***\n",
  );
});

Deno.test("a file that says nothing any more goes, unless it stays for another reason", async () => {
  await using here = await prepare({ a: "1\n", b: "1\n", c: "1\n" }, { flags: { yes: "true" } });
  await Deno.symlink(here.path("c"), here.path("link"));
  const goes = (text: string) => Promise.resolve(text === "{}\n");
  assert.equal(
    await here.change(
      to(here.path("a"), "{}\n", { goes }),
      to(here.path("b"), "{ }\n", { goes }),
      // Who made a link wants something to be there.
      to(here.path("link"), "{}\n", { goes }),
      // It has not been there.
      to(here.path("d"), "{}\n", { goes }),
    ),
    "written",
  );
  assert.deepEqual(
    here.err.split("\n").filter((line) => line.startsWith("✓")),
    [
      "✓ Removed a, which had nothing else in it",
      "✓ Wrote b; what was there is in b.backup-NOW",
      "✓ Wrote c; what was there is in c.backup-NOW",
      "✓ Wrote d",
    ],
  );
  assert.deepEqual(here.names(), ["b", "b.backup-NOW", "c", "c.backup-NOW", "d", "link"]);
});

Deno.test("what the client wrote while the person read is not lost", async () => {
  await using here = await prepare({ a: "1\n", b: "1\n", c: "1\n" }, { flags: { yes: "true" } });
  const asked: string[] = [];
  const added = (name: string, meanwhile?: string): FileChange => ({
    path: here.path(name),
    change(text) {
      asked.push(`${name} ${text}`);
      return `${text}x\n`;
    },
    unchanged: "needs no change",
    masked(text) {
      if (meanwhile) Deno.writeTextFileSync(here.path(name), meanwhile);
      return text;
    },
    goes: (text) => text === "9\nx\n",
  });
  await here.change(added("a", "2\n"), added("b"), added("c", "9\n"));
  assert.deepEqual(asked, ["a 1\n", "b 1\n", "c 1\n", "a 2\n", "c 9\n"]);
  assert.equal(await here.read("a"), "2\nx\n");
  assert.equal(await here.read("b"), "1\nx\n");
  assert.ok(!here.names().includes("c"));
});

Deno.test("a file that is not understood is named, and no other one is written", async () => {
  await using here = await prepare({ a: "1\n", b: "1\n" }, { flags: { yes: "true" } });
  const broken = unreadableConfiguration("is not JSON", new Error("why"));
  await assert.rejects(
    here.change(
      to(here.path("a"), "2\n"),
      to(here.path("b"), "", {
        change() {
          throw broken;
        },
      }),
    ),
    (error) => {
      assert.ok(error instanceof ProxyError);
      const { category, what, fix, reason, cause } = error;
      assert.deepEqual({ category, what, fix, reason, cause }, {
        category: "Configuration error",
        what: `${here.path("b")} is not JSON`,
        fix: "correct it, or use --client json and paste the entry by hand",
        reason: "unreadable_client_configuration",
        cause: broken.cause,
      });
      return true;
    },
  );
  assert.equal(await here.read("a"), "1\n");
  const others = [
    new TypeError("ours"),
    new ProxyError({
      category: "System error",
      what: "the configuration file",
      fix: "x",
      reason: "y",
    }),
  ];
  for (const other of others) {
    const change = () => Promise.reject(other);
    await assert.rejects(
      here.change(to(here.path("b"), "", { change })),
      (error) => error === other,
    );
  }
});

Deno.test("a file that says nothing, and is to stay as it is, does not go", async () => {
  await using here = await prepare({ a: "{}\n" }, { flags: { yes: "true" } });
  assert.equal(await here.change(to(here.path("a"), "{}\n", { goes: () => true })), "written");
  assert.equal(here.err, "✓ a needs no change\n");
  assert.deepEqual(here.names(), ["a"]);
});

Deno.test("a file that cannot be removed is not said to be", async () => {
  await using here = await prepare({ a: "1\n" }, { flags: { yes: "true" } });
  const { remove } = Deno;
  Deno.remove = () => Promise.reject(new Error("busy"));
  try {
    await assert.rejects(
      here.change(to(here.path("a"), "{}\n", { goes: () => true })),
      /a cannot be removed: busy/,
    );
  } finally {
    Deno.remove = remove;
  }
  assert.doesNotMatch(here.err, /Removed/);
});
