import type { Backend } from "../../counterpart.ts";
import { type JavaStart, mavenProject } from "../../maven_project.ts";

const { start, ...project } = mavenProject(new URL(".", import.meta.url));
const versions = {
  quarkus: "3.33.2",
  "io.quarkiverse.mcp:quarkus-mcp-server-http": "1.10.0",
};
const how: JavaStart = {
  jar: "target/quarkus-app/quarkus-run.jar",
  ready: /started in .* Listening on/,
};

export default [
  {
    name: "quarkus",
    title: "Quarkus MCP server, quarkus-oidc, Streamable HTTP",
    versions,
    toolchains: ["maven"],
    ...project,
    start: (options) => start(options, how),
  },
  {
    name: "quarkus-sse",
    title: "Quarkus MCP server, quarkus-oidc, HTTP+SSE",
    versions,
    toolchains: ["maven"],
    transport: "sse",
    path: "/mcp/sse",
    ...project,
    start: (options) => start(options, { ...how, path: "/mcp/sse" }),
  },
] satisfies Backend[];
