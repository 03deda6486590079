import { type Copy, DockerfileParser, type Entrypoint } from "dockerfile-ast";

/** What is wrong with a Dockerfile that shall run one executable as nobody in particular. */
export function checkDockerfile(
  text: string,
  options: { contextFiles: readonly string[] },
): string[] {
  const dockerfile = DockerfileParser.parse(text);
  const problems: string[] = [];
  const report = (line: number, what: string) => problems.push(`line ${line + 1}: ${what}`);
  const instructions = dockerfile.getInstructions();
  const last = (keyword: string) => instructions.findLast((each) => each.getKeyword() === keyword);

  const stages = new Set<string>();
  let lastImage = "";
  for (const from of dockerfile.getFROMs()) {
    const line = from.getRange().start.line;
    const image = lastImage = resolve(from.getImage() ?? "", text);
    if (image !== "scratch" && !stages.has(image)) {
      if (!/:[^/]+$/.test(image) || image.endsWith(":latest")) {
        report(line, `the base image ${image} has no fixed tag`);
      }
      if (/^[^/]*[.:][^/]*\//.test(image)) {
        report(line, `the base image ${image} names a registry, which is for the engine to choose`);
      }
    }
    const stage = from.getBuildStage();
    if (stage) stages.add(stage);
  }
  if (lastImage !== "scratch") {
    problems.push(`the image begins with ${lastImage}: only \`scratch\` has no shell in it`);
  }
  for (const instruction of instructions) {
    const line = instruction.getRange().start.line;
    const keyword = instruction.getKeyword();
    if (keyword === "RUN") {
      report(line, "what is RUN needs a machine, or an emulator, of every processor");
    }
    if (keyword === "ADD") report(line, "COPY says what ADD guesses");
    if (keyword !== "COPY") continue;
    const copy = instruction as Copy;
    const stage = copy.getFlags().find((flag) => flag.getName() === "from")?.getValue();
    if (stage) {
      if (!stages.has(stage)) report(line, `no stage is called ${stage}`);
      continue;
    }
    const paths = copy.getArguments().map((each) => each.getValue());
    for (const source of paths.slice(0, -1)) {
      const pattern = source.replace("${TARGETARCH}", "amd64");
      if (
        !options.contextFiles.some((file) => file === pattern || file.startsWith(`${pattern}/`))
      ) {
        report(line, `the release puts no ${source} beside the Dockerfile`);
      }
    }
  }
  const user = last("USER")?.getArgumentsContent() ?? "";
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(user)) {
    problems.push(`USER is ${user || "missing"}: it must be a number above 0`);
  }
  const entrypoint = last("ENTRYPOINT") as Entrypoint | undefined;
  if (!entrypoint?.getOpeningBracket()) {
    problems.push("ENTRYPOINT must be a list: signals would end at a shell");
  }
  return problems;
}

/** The image of a FROM with the default of the argument that it names. */
function resolve(image: string, text: string): string {
  return image.replace(
    /\$\{?(\w+)\}?/,
    (_, name) => new RegExp(`^ARG ${name}=(\\S+)$`, "m").exec(text)?.[1] ?? "",
  );
}
