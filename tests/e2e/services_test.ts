/** The program where nobody is at a browser, with the settings that docs/rollout.md gives. */
import assert from "node:assert/strict";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { startCompany } from "../support/company.ts";
import { documentedSection } from "../support/documented_commands.ts";
import {
  canLayerMachine,
  canStartSystemd,
  createLayeredMachine,
  type LayeredMachine,
} from "../support/layered_machine.ts";
import { type Program, startProgram } from "../support/program.ts";
import { confidentialClient } from "../support/provider.ts";
import { echo } from "./mixed_versions.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
const page = () => documentedSection({ page: "rollout.md", heading: "Containers, services, CI" });

const client = {
  ...confidentialClient("client_secret_basic"),
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
};

const startServiceCompany = () =>
  startCompany({ provider: { clientCredentials: true, clients: [client] } });

async function install(machine: LayeredMachine): Promise<void> {
  const path = resolve(executable!);
  await machine.share(dirname(path));
  const { code, stderr } = await machine.run(
    "root",
    `install -m 755 '${path}' /usr/local/bin/authful-mcp-proxy`,
  );
  assert.equal(code, 0, stderr);
}

async function end(program: Program): Promise<void> {
  await program.endInput();
  assert.equal((await program.exit).code, 0, program.stderr());
}

Deno.test({
  name:
    "a service of systemd has its secret as a credential, in no environment, and keeps its token " +
    "(needs AUTHFUL_EXECUTABLE, root, overlayfs and systemd)",
  ignore: !executable || !canStartSystemd,
  async fn() {
    await using company = await startServiceCompany();
    await using machine = await createLayeredMachine({ systemd: true });
    const { gateway, provider } = company;
    await install(machine);
    // What a client is to the program: pipes.
    await machine.run("root", "mkdir /srv/desk && cd /srv/desk && mkfifo in out");
    const unit = `[Unit]
DefaultDependencies=no
${(await page()).block("ini")}
Environment=OIDC_ISSUER_URL=${provider.issuer} OIDC_CLIENT_ID=${provider.clientId}
ExecStart=/usr/local/bin/authful-mcp-proxy ${gateway.url.href}
StandardInput=file:/srv/desk/in
StandardOutput=file:/srv/desk/out
StandardError=append:/srv/desk/log
`;
    const root = async (script: string, env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await machine.run("root", script, env);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await root(
      "install -d -m 700 /etc/credstore && umask 077 && " +
        'printf %s "$SECRET" > /etc/credstore/mcp-client-secret',
      { SECRET: client.client_secret },
    );
    const file = "/etc/systemd/system/agent.service";
    await root(`printf %s "$UNIT" > ${file} && systemctl daemon-reload`, { UNIT: unit });
    for (const message of ["first", "second"]) {
      await using program = await startProgram({
        home: "/root",
        command: [
          ...machine.command("root"),
          ...[
            "sh",
            "-c",
            "cd /srv/desk; systemctl start --no-block agent; cat out & exec cat > in",
            "sh",
          ],
        ] as [string, ...string[]],
      });
      await program.initialize();
      await echo(program, message);
      const seen = await root(
        "pid=$(systemctl show --property=MainPID --value agent); " +
          "cat /proc/$pid/environ /proc/$pid/cmdline; stat --format ' %U' /proc/$pid",
      );
      assert.match(seen, /OIDC_CLIENT_SECRET_FILE=\/run\/credentials\/agent\.service\//);
      assert.ok(!seen.includes(client.client_secret), "the secret is in no list of processes");
      assert.doesNotMatch(seen, / root$/m);
      await end(program);
    }
    assert.equal(provider.count("token"), 1, "the second start finds the first's token");
    const log = await root("cat /srv/desk/log");
    for (const line of log.split("\n").filter(Boolean)) JSON.parse(line);
    assert.ok(!log.includes(client.client_secret));
    assert.equal(await root("systemctl is-failed agent || true"), "inactive\n", log);
  },
});

/** What of a Kubernetes pod's description the page shows. */
interface PodPart {
  securityContext: {
    runAsNonRoot: boolean;
    readOnlyRootFilesystem: boolean;
    allowPrivilegeEscalation: boolean;
  };
  env: { name: string; value: string }[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  volumes: { name: string; secret?: { secretName: string }; emptyDir?: unknown }[];
}

/**
 * What starts a program in such a pod: the kubelet's mounts, and its user, who is in no list of users
 * and has no home. The kubelet itself is not there.
 */
function podCommand(
  machine: LayeredMachine,
  { securityContext, volumeMounts, volumes }: PodPart,
): [string, ...string[]] {
  const mounts = volumeMounts.map(({ name, mountPath, readOnly }) => {
    const volume = volumes.find((volume) => volume.name === name)!;
    const source = volume.secret ? "/srv/kubelet/secret" : "/srv/kubelet/empty";
    const mount = `mount --bind ${source} ${mountPath}`;
    return readOnly ? `${mount} && mount -o remount,bind,ro ${mountPath}` : mount;
  });
  assert.ok(Object.keys(securityContext).length === 3 && securityContext.runAsNonRoot);
  if (securityContext.readOnlyRootFilesystem) mounts.push("mount -o remount,bind,ro /");
  return [
    ...machine.command("root"),
    ...["unshare", "--mount", "--propagation", "private", "sh", "-c"],
    `${mounts.join(" && ")} && exec setpriv "$@"`,
    ...["sh", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all"],
    ...securityContext.allowPrivilegeEscalation ? [] : ["--no-new-privs"],
    ...["--", "/usr/local/bin/authful-mcp-proxy"],
  ] as [string, ...string[]];
}

Deno.test({
  name:
    "in a pod's file system a secret volume is followed when it is swapped, and the store lies in " +
    "a directory of the emptyDir (needs AUTHFUL_EXECUTABLE, root and overlayfs)",
  ignore: !executable || !canLayerMachine,
  async fn(t) {
    await using company = await startServiceCompany();
    await using machine = await createLayeredMachine();
    const { gateway, provider } = company;
    await install(machine);
    const pod: PodPart = parse((await page()).block("yaml"));
    const root = async (script: string, env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await machine.run("root", script, env);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const mountPaths = pod.volumeMounts.map(({ mountPath }) => mountPath).join(" ");
    await root(`
mkdir -p ${mountPaths} /srv/kubelet/secret /srv/kubelet/empty
chgrp 65532 /srv/kubelet/empty && chmod 2777 /srv/kubelet/empty
cd /srv/kubelet/secret && ln -s ..data/client-secret client-secret`);
    /** As the kubelet does: a new directory, to which one link is then turned. */
    const putSecret = (version: number, secret: string) =>
      root(
        `
cd /srv/kubelet/secret && mkdir ..${version} && printenv SECRET > ..${version}/client-secret
ln -s ..${version} ..data_tmp && mv -T ..data_tmp ..data`,
        { SECRET: secret },
      );
    const start = (env: Record<string, string> = {}) =>
      startProgram({
        home: "/",
        command: podCommand(machine, pod),
        args: [gateway.url.href],
        env: {
          OIDC_FLOW: "client-credentials",
          OIDC_ISSUER_URL: provider.issuer,
          OIDC_CLIENT_ID: provider.clientId,
          ...Object.fromEntries(pod.env.map(({ name, value }) => [name, value])),
          ...env,
        },
      });

    await t.step("a secret that was swapped is read before the next request", async () => {
      await putSecret(1, "an older secret");
      await using program = await start();
      const initialize = () =>
        program.request("initialize", {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "test", version: "1" },
        });
      const { error } = await initialize();
      assert.match(error?.message ?? "", /invalid_client/);
      await putSecret(2, client.client_secret);
      assert.ok((await initialize()).result, program.stderr());
      await echo(program, "swapped under it");
      await end(program);
    });

    await t.step("the next container finds the token", async () => {
      const before = provider.count("token");
      await using program = await start();
      await program.initialize();
      await echo(program, "again");
      await end(program);
      assert.equal(provider.count("token"), before);
      assert.equal(
        await root("cd /srv/kubelet/empty && stat -c '%a %u %n' *"),
        "700 65532 store\n",
      );
    });

    await t.step("the mount itself is no place for a store", async () => {
      await using program = await start({ MCP_PROXY_CACHE_DIR: "/data" });
      assert.equal((await program.exit).code, 1);
      assert.match(
        program.stderr(),
        /\/data belongs to user 0\..*--cache-dir, such as '\/data\/store'\./,
      );
    });
  },
});
