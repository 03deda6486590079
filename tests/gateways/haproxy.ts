import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

/** Where Debian has it. */
export const haproxyProgram = "/usr/sbin/haproxy";

/** How {@linkcode startHaproxy} configures it. */
export interface HaproxyOptions {
  /** The servers behind it, as `host:port`. */
  upstreams: string[];
  /** What the line `bind` says besides address and certificate. */
  bind?: string;
  /** Lines of the back end. */
  backend?: string;
  /** What each server's line says besides its address; `{index}` stands for its number. */
  server?: string;
  /** How long a server may be silent. */
  timeout?: string;
}

/** Starts haproxy with TLS on a free port of `localhost`. */
export async function startHaproxy(options: HaproxyOptions): Promise<Daemon & { url: string }> {
  const port = freePort();
  const { upstreams, bind = "", backend = "", server = "", timeout = "1h" } = options;
  const servers = upstreams.map((host, index) =>
    `  server s${index} ${host} ${server.replaceAll("{index}", String(index))}`
  );
  const daemon = await startDaemon({
    command: haproxyProgram,
    args: ["-db", "-f", "{directory}/haproxy.cfg"],
    port,
    files: {
      "server.pem": await Deno.readTextFile(certificateFile("server.pem")) +
        await Deno.readTextFile(certificateFile("server.key")),
      "haproxy.cfg": `
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server ${timeout}
frontend front
  bind 127.0.0.1:${port} ssl crt {directory}/server.pem ${bind}
  default_backend back
backend back
${backend}
${servers.join("\n")}
`,
    },
  });
  return { ...daemon, url: `https://localhost:${port}/mcp` };
}
