import { freePort } from "../support/free_port.ts";
import { certificateFile } from "../support/https_server.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

/** Where Debian has it. */
export const nginxProgram = "/usr/sbin/nginx";

/** How {@linkcode startNginx} configures it. */
export interface NginxOptions {
  /** The servers behind it, as `host:port`. */
  upstreams: string[];
  /** Directives of the upstream, such as `ip_hash;`. */
  upstream?: string;
  /** Directives of the location. */
  location?: string;
  /** Directives of the server. */
  server?: string;
  /** Directives outside of it. */
  http?: string;
  /** Whether it speaks HTTP/2. */
  http2?: boolean;
}

/** Starts nginx with TLS on a free port of `localhost`. */
export async function startNginx(options: NginxOptions): Promise<Daemon & { url: string }> {
  const port = freePort();
  const { upstreams, upstream = "", location = "", server = "", http = "", http2 } = options;
  const daemon = await startDaemon({
    command: nginxProgram,
    args: ["-p", "{directory}", "-c", "{directory}/nginx.conf", "-e", "stderr"],
    port,
    files: {
      "nginx.conf": `
daemon off;
pid {directory}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  ${http}
  upstream backend {
    ${upstream}
    ${upstreams.map((host) => `server ${host} max_fails=0;`).join("\n    ")}
  }
  server {
    listen 127.0.0.1:${port} ssl${http2 ? " http2" : ""};
    server_name localhost;
    ssl_certificate ${certificateFile("server.pem")};
    ssl_certificate_key ${certificateFile("server.key")};
    ${server}
    location / {
      proxy_pass http://backend;
      ${location}
    }
  }
}
`,
    },
  });
  return { ...daemon, url: `https://localhost:${port}/mcp` };
}

/** What docs/gateways.md recommends. */
export const recommended = `
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_buffering off;
      proxy_read_timeout 1h;
      client_max_body_size 16m;`;
