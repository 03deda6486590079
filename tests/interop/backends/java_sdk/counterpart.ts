import type { Backend } from "../../counterpart.ts";
import { mavenProject } from "../../maven_project.ts";

const { start, ...project } = mavenProject(new URL(".", import.meta.url));
const jar = "target/server.jar";
const versions = {
  "io.modelcontextprotocol.sdk:mcp": "2.1.0",
  "tomcat-embed-core": "11.0.27",
  "nimbus-jose-jwt": "10.10",
};

export default [
  {
    name: "java-sdk",
    title: "Java SDK 2.1 in Tomcat, Streamable HTTP",
    versions,
    toolchains: ["maven"],
    ...project,
    start: (options) => start(options, { jar, variant: "streamable" }),
  },
  {
    name: "java-sdk-sse",
    title: "Java SDK 2.1 in Tomcat, HTTP+SSE",
    versions,
    toolchains: ["maven"],
    quick: true,
    transport: "sse",
    ...project,
    start: (options) => start(options, { jar, variant: "sse", path: "/sse" }),
  },
] satisfies Backend[];
