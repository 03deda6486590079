import { join } from "node:path";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend, BackendOptions, TranslatedCall } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import {
  podThatIsNot,
  podThatRepeats,
  podThatSays,
  podThatWaits,
  startCluster,
} from "./cluster.ts";

const files = ["package.json", "package-lock.json"].map((name) => new URL(name, import.meta.url));

/** The log of a pod for most of the catalogue; a config map for what is large on the way there. */
function translate(name: string, args: Record<string, unknown>): TranslatedCall | undefined {
  const log = (pod: string) => ({ name: "pods_log", args: { name: pod, namespace: "default" } });
  if (name === "echo") return log(podThatSays(String(args.text)));
  if (name === "big") return log(podThatRepeats(Number(args.bytes)));
  if (name === "slow") return log(podThatWaits(Number(args.seconds)));
  if (name === "fail") return log(podThatIsNot(String(args.message)));
  if (name === "length") {
    const metadata = { name: "text", namespace: "default" };
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { text: args.text } };
    return {
      name: "resources_create_or_update",
      args: { resource: JSON.stringify(map) },
      text: (yaml) => /^\s*length: "(\d+)"$/m.exec(yaml)?.[1] ?? yaml,
    };
  }
  if (name === "elicit") {
    // Its operator wants a confirmation of what destroys something.
    return {
      name: "pods_delete",
      args: { name: podThatSays("gone"), namespace: "default" },
      text: (text) => /deleted/i.test(text) ? "accept elicited" : text,
    };
  }
}

/** The server validates tokens itself (`require_oauth`), and says whom it trusts (RFC 9728). */
function configuration(options: BackendOptions, kubeconfig: string): string {
  const { port, issuer, audience } = options;
  return `
port = "${port}"
bind_address = "127.0.0.1"
kubeconfig = ${JSON.stringify(kubeconfig)}
cluster_provider_strategy = "kubeconfig"
require_oauth = true
oauth_audience = ${JSON.stringify(audience)}
authorization_url = ${JSON.stringify(issuer)}
server_url = ${JSON.stringify(new URL(audience).origin)}

[[confirmation_rules]]
destructive = true
message = "This destroys something. Go on?"

[[prompts]]
name = "greet"
description = "Greets somebody"
[[prompts.arguments]]
name = "name"
description = "Whom"
required = true
[[prompts.messages]]
role = "user"
content = "Hello {{name}}"
`;
}

export default {
  name: "kubernetes",
  title: "Kubernetes MCP server, an API server that is a stand-in",
  versions: { "kubernetes-mcp-server-linux-amd64": "0.0.67" },
  toolchains: ["node"],
  files,
  translate,
  // The program itself, for Linux on x86-64: elsewhere it cannot be installed, and is ignored.
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    const { directory } = options;
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(startCluster());
    const data = await Deno.makeTempDir({ prefix: "authful-interop-" });
    stack.defer(() => Deno.remove(data, { recursive: true }));
    const kubeconfig = join(data, "kubeconfig");
    await Deno.writeTextFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "here",
        clusters: [{ name: "here", cluster: { server: cluster.url } }],
        contexts: [{ name: "here", context: { cluster: "here", user: "anybody" } }],
        users: [{ name: "anybody", user: {} }],
      }),
    );
    const config = join(data, "config.toml");
    await Deno.writeTextFile(config, configuration(options, kubeconfig));
    const program = "node_modules/kubernetes-mcp-server-linux-amd64/bin/" +
      "kubernetes-mcp-server-linux-amd64";
    const running = stack.use(
      await startBackendProcess(options, {
        command: join(directory, program),
        args: ["--config", config],
        ready: /HTTP server starting/,
      }),
    );
    const owned = stack.move();
    return {
      ...running,
      kill: () => owned.disposeAsync(),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
} satisfies Backend;
