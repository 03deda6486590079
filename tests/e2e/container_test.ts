import assert from "node:assert/strict";
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Copy, DockerfileParser } from "dockerfile-ast";
import { run } from "../../scripts/build/run.ts";
import { type Target, targets } from "../../scripts/build/targets.ts";
import { containerContext } from "../../scripts/package/container_context.ts";
import { writeFiles } from "../../scripts/package/packed_file.ts";
import { startCompany } from "../support/company.ts";
import { hasProgram } from "../support/has_program.ts";
import { repository } from "../support/paths.ts";
import { startProgram } from "../support/program.ts";
import { confidentialClient } from "../support/provider.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");

/** Buildah with a store of its own, all of which is gone when disposed. */
async function ownBuildah(): Promise<
  AsyncDisposable & { directory: string; command: readonly [string, ...string[]] }
> {
  const directory = await Deno.makeTempDir({ prefix: "authful-buildah-" });
  const command = [
    "buildah",
    "--storage-driver=vfs",
    `--root=${join(directory, "store")}`,
    `--runroot=${join(directory, "run")}`,
  ] as const;
  return {
    directory,
    command,
    async [Symbol.asyncDispose]() {
      await run([...command, "rm", "--all"]);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Puts the files that the Dockerfile takes from its base, as this machine has them, in a directory. */
async function baseFromThisMachine(dockerfile: string, to: string): Promise<void> {
  for (const copy of DockerfileParser.parse(dockerfile).getCOPYs() as Copy[]) {
    if (!copy.getFlags().some((flag) => flag.getName() === "from")) continue;
    for (const argument of copy.getArguments().slice(0, -1)) {
      const [directory, name] = [
        dirname(argument.getValue()),
        argument.getValue().split("/").at(-1)!,
      ]
        .map((part) => part.replace("*-linux-gnu", `${Deno.build.arch}-linux-gnu`)) as [
          string,
          string,
        ];
      if (name === "home") {
        await mkdir(join(to, "home"), { recursive: true });
        continue;
      }
      const pattern = new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
      await mkdir(join(to, directory), { recursive: true });
      for await (const entry of Deno.readDir(directory)) {
        if (!pattern.test(entry.name)) continue;
        await cp(join(directory, entry.name), join(to, directory, entry.name));
      }
    }
  }
}

Deno.test({
  name: "the container image does the main job as nobody, with nothing else inside " +
    "(needs AUTHFUL_EXECUTABLE, root, buildah, and Debian's glibc)",
  ignore: !executable || Deno.build.os !== "linux" || Deno.uid() !== 0 ||
    !(await hasProgram("buildah")) || !(await hasProgram("dpkg")),
  async fn(t) {
    await using buildah = await ownBuildah();
    const engine = (...args: string[]) => run([...buildah.command, ...args]);
    const context = join(buildah.directory, "context");
    const dockerfile = await Deno.readTextFile(join(repository, "packaging/container/Dockerfile"));
    const bytes = await Deno.readFile(executable!);
    const linux = targets.filter(({ os }) => os === "linux");
    await writeFiles(
      context,
      containerContext(new Map(linux.map((target: Target) => [target, bytes])), {
        dockerfile,
        license: "licence",
        thirdPartyLicenses: "licences",
      }),
    );
    const base = join(buildah.directory, "base");
    await baseFromThisMachine(dockerfile, base);
    const scratch = (await engine("from", "scratch")).trim();
    await engine("add", "--quiet", scratch, base, "/");
    await engine("commit", "--quiet", scratch, "localhost/base:1");
    const cpu = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
    await engine(
      ...["build", "--quiet", "--tag=localhost/image:1", "--build-arg=BASE=localhost/base:1"],
      ...[`--build-arg=TARGETARCH=${cpu}`, context],
    );
    const container = (await engine("from", "--pull-never", "localhost/image:1")).trim();
    const { config } = JSON.parse(await engine("inspect", "--type=image", "localhost/image:1"))
      .OCIv1;
    const start = (...env: string[]) =>
      [
        ...buildah.command,
        "run",
        "--isolation=chroot",
        ...env.map((each) => `--env=${each}`),
        container,
        "--",
        ...config.Entrypoint,
      ] as [string, ...string[]];

    await t.step("it says its version", async () => {
      assert.match(await run([...start(), "--version"]), /^\d+\.\d+\.\d+/);
    });

    await t.step("it signs in with client credentials, and calls reach the backend", async () => {
      const client = {
        ...confidentialClient("client_secret_basic"),
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      };
      await using company = await startCompany({
        provider: { clientCredentials: true, clients: [client] },
      });
      const backend = new URL(company.gateway.url);
      // A name that only /etc/hosts knows.
      backend.hostname = "localhost";
      const command = start(
        `OIDC_ISSUER_URL=${company.provider.issuer}`,
        `OIDC_CLIENT_ID=${company.provider.clientId}`,
        `OIDC_CLIENT_SECRET=${client.client_secret}`,
        "OIDC_FLOW=client-credentials",
      );
      for (const message of ["first", "second"]) {
        await using program = await startProgram({
          home: company.home.path,
          command,
          args: [backend.href],
        });
        await program.initialize();
        const called = await program.request("tools/call", {
          name: "echo",
          arguments: { message },
        });
        assert.match(JSON.stringify(called.result), new RegExp(message));
        await program.endInput();
        assert.equal((await program.exit).code, 0, program.stderr());
      }
      assert.equal(company.provider.count("token"), 1, "the second start finds the first's token");
    });

    await t.step(
      "it holds what the executable needs, and nothing that could be started",
      async () => {
        const root = (await engine("mount", container)).trim();
        const inside = await filesBelow(root, /^\/(data|dev|etc|proc|run|sys|usr\/share\/doc)\//);
        const loader = inside.find((path) => path.startsWith("/lib/ld-linux-"))!;
        assert.deepEqual(inside, [
          loader,
          "/lib/libc.so.6",
          "/lib/libdl.so.2",
          "/lib/libgcc_s.so.1",
          "/lib/libm.so.6",
          "/lib/libpthread.so.0",
          "/lib/librt.so.1",
          loader.replace("/lib/", "/lib64/"),
          "/usr/local/bin/authful-mcp-proxy",
        ]);
      },
    );

    await t.step("all that it wrote is its store, which is closed to everybody else", async () => {
      const listing = await run(
        ["find", buildah.directory, "-uid", "65532", "-printf", "%m %P\\n"],
      );
      const written = listing.trim().split("\n").filter((line) => /\/\.mcp-auth/.test(line));
      assert.ok(written.some((line) => /^600 .*\/\.mcp-auth\/authful-mcp-proxy\/./.test(line)));
      for (const line of written) assert.match(line, /^[67]00 /);
    });
  },
});

/** The files below a directory as paths from there, sorted, without those that match. */
async function filesBelow(directory: string, except: RegExp): Promise<string[]> {
  const listing = await run(["find", directory, "-type", "f", "-printf", "/%P\\n"]);
  return listing.trim().split("\n").filter((path) => !except.test(path)).sort();
}
