import { freePort } from "../support/free_port.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

/** Where Debian has it. */
export const squidProgram = "/usr/sbin/squid";

/** Starts squid on a free port; it finds `other.test` on this machine. */
export async function startSquid(rules: string): Promise<Daemon & { proxy: string }> {
  const port = freePort();
  const daemon = await startDaemon({
    command: squidProgram,
    args: ["-N", "-f", "{directory}/squid.conf"],
    port,
    files: {
      "hosts": "127.0.0.1 other.test\n",
      // ada with the password "secret/@:", as htpasswd writes it (apr1).
      "users": `ada:${users.ada}\n`,
      "squid.conf": `
http_port 127.0.0.1:${port}
pid_filename {directory}/squid.pid
hosts_file {directory}/hosts
access_log none
cache_log {directory}/cache.log
cache deny all
shutdown_lifetime 0 seconds
coredump_dir {directory}
${rules}
`,
    },
  });
  return { ...daemon, proxy: `127.0.0.1:${port}` };
}

const users = { ada: "$apr1$authful0$/JQGkN0q0UIA2/E.M9YZy1" };
