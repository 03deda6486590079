import { deepEqual } from "node:assert/strict";
import { targets } from "../../../scripts/build/targets.ts";
import { checkDockerfile } from "../../../scripts/checks/dockerfile.ts";
import { containerContext } from "../../../scripts/package/container_context.ts";

const dockerfile = await Deno.readTextFile(
  new URL("../../../packaging/container/Dockerfile", import.meta.url),
);
const context = containerContext(
  new Map(targets.map((target) => [target, new Uint8Array()])),
  { dockerfile, license: "", thirdPartyLicenses: "" },
);
const contextFiles = context.map(({ name }) => name);

Deno.test("the Dockerfile keeps its rules, and the release holds what it copies", () => {
  deepEqual(checkDockerfile(dockerfile, { contextFiles }), []);
});

Deno.test("the container's context holds the Linux executables and no others", () => {
  deepEqual(
    context.filter(({ executable }) => executable).map(({ name }) => name),
    ["linux-amd64/authful-mcp-proxy", "linux-arm64/authful-mcp-proxy"],
  );
});

for (
  const [name, change, problem] of [
    [
      "root",
      (text: string) => text.replace(/^USER .*$/m, "USER root"),
      "USER is root: it must be a number above 0",
    ],
    [
      "no user",
      (text: string) => text.replace(/^USER .*\n/m, ""),
      "USER is missing: it must be a number above 0",
    ],
    [
      "a shell around the program",
      (text: string) => text.replace(/^ENTRYPOINT .*$/m, "ENTRYPOINT authful-mcp-proxy"),
      "ENTRYPOINT must be a list: signals would end at a shell",
    ],
    [
      "a base that changes",
      (text: string) => text.replace("debian:12-slim", "debian:latest"),
      "line 6: the base image debian:latest has no fixed tag",
    ],
    [
      "a base of one registry",
      (text: string) => text.replace("=debian:12-slim", "=registry.example:5000/debian:12-slim"),
      "line 6: the base image registry.example:5000/debian:12-slim names a registry, which is for " +
      "the engine to choose",
    ],
    [
      "a whole system in the image",
      (text: string) => text.replace("FROM scratch", "FROM debian"),
      "the image begins with debian: only `scratch` has no shell in it",
    ],
    [
      "a stage that does not exist",
      (text: string) => text.replace("--from=debian --chown", "--from=ubuntu --chown"),
      "line 28: no stage is called ubuntu",
    ],
    [
      "a file that the release does not hold",
      (text: string) => text.replace("COPY --chmod=0644 LICENSE", "COPY --chmod=0644 NOTICE"),
      "line 25: the release puts no NOTICE beside the Dockerfile",
    ],
    [
      "RUN",
      (text: string) => `${text}RUN true\n`,
      "line 33: what is RUN needs a machine, or an emulator, of every processor",
    ],
  ] as const
) {
  Deno.test(`a Dockerfile with ${name} is refused`, () => {
    deepEqual(checkDockerfile(change(dockerfile), { contextFiles }), [problem]);
  });
}
