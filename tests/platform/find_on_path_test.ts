import assert from "node:assert/strict";
import { join } from "node:path";
import { findOnPath } from "../../src/platform/find_on_path.ts";
import { builtAs } from "../support/built_as.ts";

Deno.test({
  name: "findOnPath finds executables only, in the order of PATH",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir();
    try {
      const [first, second] = [join(root, "first"), join(root, "second")];
      await Deno.mkdir(join(first, "tool"), { recursive: true });
      await Deno.mkdir(second);
      await Deno.writeTextFile(join(first, "plain"), "", { mode: 0o644 });
      for (const name of ["tool", "plain"]) {
        await Deno.writeTextFile(join(second, name), "", { mode: 0o755 });
      }
      const env = (name: string) => name === "PATH" ? `:${first}:${second}` : undefined;
      assert.equal(await findOnPath("tool", { env }), join(second, "tool"));
      assert.equal(await findOnPath("plain", { env }), join(second, "plain"));
      assert.equal(await findOnPath("absent", { env }), undefined);
      assert.equal(await findOnPath("tool", { env: () => undefined }), undefined);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test("findOnPath takes what PATHEXT names on Windows, executable or not", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const name of ["tool.CMD", "tool.EXE", "other.BAT", "own.PY", "last.COM", "bare"]) {
      await Deno.writeTextFile(join(root, name), "", { mode: 0o644 });
    }
    const find = (program: string, variables: Record<string, string> = {}) =>
      findOnPath(program, { os: "windows", env: (name) => ({ PATH: root, ...variables })[name] });
    assert.equal(await find("tool"), join(root, "tool.EXE"));
    assert.equal(await find("tool", { PATHEXT: ".CMD;.EXE" }), join(root, "tool.CMD"));
    assert.equal(await find("other"), join(root, "other.BAT"));
    assert.equal(await find("last"), join(root, "last.COM"));
    assert.equal(await find("own"), undefined);
    assert.equal(await find("own", { PATHEXT: ".PY" }), join(root, "own.PY"));
    assert.equal(await find("bare"), undefined);
    const env = () => root;
    assert.equal(await builtAs({ os: "windows" }, () => findOnPath("tool", { env })), undefined);
    assert.equal(
      await builtAs(
        { os: "windows" },
        () => findOnPath("tool", { env: (name) => name === "PATH" ? root : undefined }),
      ),
      join(root, "tool.EXE"),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test({
  name: "findOnPath looks where this process would, and takes what anybody may run",
  ignore: Deno.build.os === "windows",
  async fn() {
    assert.match(await findOnPath("sh") ?? "", /^\/.*\/sh$/);
    const { stat } = Deno;
    const asked: unknown[] = [];
    Deno.stat = (path) => {
      asked.push(path);
      return stat(path);
    };
    try {
      assert.equal(await findOnPath("tool", { env: () => ":" }), undefined);
    } finally {
      Deno.stat = stat;
    }
    assert.deepEqual(asked, [], "an empty part is not the working directory");
    const root = await Deno.makeTempDir();
    try {
      const env = () => root;
      for (const mode of [0o100, 0o010, 0o001]) {
        const path = join(root, `tool${mode}`);
        await Deno.writeTextFile(path, "");
        await Deno.chmod(path, mode);
        assert.equal(await findOnPath(`tool${mode}`, { env }), path);
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
