import type { Backend } from "../../counterpart.ts";
import { type JavaStart, mavenProject } from "../../maven_project.ts";

const { start, ...project } = mavenProject(new URL(".", import.meta.url));
const versions = {
  "spring-boot": "4.0.7",
  "spring-ai-starter-mcp-server-webmvc": "2.0.1",
};

function springAi(
  backend: Pick<Backend, "name" | "title" | "versions" | "transport" | "quick">,
  how: Omit<JavaStart, "jar">,
): Backend {
  return {
    ...backend,
    toolchains: ["maven"],
    ...project,
    start: (options) =>
      start(options, { jar: "target/server.jar", ready: /Started Application in/, ...how }),
  };
}

export default [
  springAi({
    name: "spring-ai-streamable",
    title: "Spring AI 2.0, Spring Security, STREAMABLE",
    versions,
    quick: true,
  }, { variant: "STREAMABLE" }),
  springAi({
    name: "spring-ai-sse",
    title: "Spring AI 2.0, Spring Security, SSE",
    versions,
    transport: "sse",
  }, { variant: "SSE", path: "/sse" }),
  springAi({
    name: "spring-ai-stateless",
    title: "Spring AI 2.0, Spring Security, STATELESS",
    versions,
  }, { variant: "STATELESS" }),
  springAi({
    name: "mcp-server-security",
    title: "Spring AI 2.0, mcp-server-security",
    versions: { ...versions, "org.springaicommunity:mcp-server-security": "0.1.13" },
  }, { variant: "STREAMABLE", env: { SPRING_PROFILES_ACTIVE: "mcp-server-security" } }),
];
