import { freePort } from "../../support/free_port.ts";
import { createHome } from "../../support/home.ts";
import { programCommand } from "../../support/program_command.ts";
import { within } from "../../support/within.ts";
import { createBackendService } from "../backend_service.ts";
import { connectDirectly } from "../connect_directly.ts";
import type { Era } from "../connection.ts";
import type { Backend, Client, ClientEvent, OneEraBackend } from "../counterpart.ts";
import { type Desk, openDesk } from "../desk.ts";
import { installCounterpart } from "../installation.ts";
import { signIn } from "../measure_backend.ts";
import type { Measurement, Outcome } from "../measurement.ts";
import { probeOutcome, reasonOf } from "../probe_outcome.ts";
import { findToolchain } from "../toolchains.ts";
import { startWithOneEra } from "./era_filter.ts";
import { type Exercise, exercises } from "./exercises.ts";
import type { Step, StepOutcome } from "./step.ts";
import { stepDirectly } from "./step_directly.ts";

/** What {@linkcode measureOneEra} is told. */
export interface OneEraMeasuring {
  /** Where the backend was installed. */
  directory: string;
  /** Every client there is; those that can go through the catalogue are taken. */
  clients: readonly Client[];
  /** Whether only one client is taken, one of the other era. */
  quick: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

const keptLog = 3000;

/**
 * Has clients of both eras go through the catalogue of a backend of one, through the program. What a
 * direct client of the backend's era cannot there is the backend's; what a client of that era cannot
 * there without the program, either, is the client's.
 */
export async function* measureOneEra(
  { name, backend, era, filtered }: OneEraBackend,
  { directory, clients, quick, signal }: OneEraMeasuring,
): AsyncGenerator<Measurement> {
  const port = freePort();
  const audience = `http://127.0.0.1:${port}/mcp`;
  await using desk = await openDesk({ audience });
  const { issuer, jwksUri } = desk.provider;
  const options = { directory, port, issuer, jwksUri, audience, signal };
  await using service = createBackendService(() =>
    filtered ? startWithOneEra(backend, { ...options, era }) : backend.start(options)
  );
  await service.start();
  const url = service.running!.url;
  const token = await desk.getToken();
  const backendCan = await goThroughDirectly(backend, { url, era, token });
  const signedIn = await signIn(desk, { settings: desk.settings(url), era });
  if (!signedIn.outcome.ok) throw new Error(`${signedIn.outcome.why}\n${signedIn.log}`);

  for (const { client, as } of pairs(clients, { era, quick })) {
    signal.throwIfAborted();
    // It is named as ignored where it is measured by itself.
    if (await missesToolchain(client)) continue;
    const before = performance.now();
    const run = await goThrough(client, { backend, as, desk, url, signal });
    const isFailed = run.outcomes.some((outcome, index) => backendCan[index]!.ok && !outcome.ok);
    const itself = isFailed && as === era && client.goesDirectly
      ? await goThrough(client, { backend, as, desk, url, token, signal })
      : undefined;
    const ms = Math.round((performance.now() - before) / exercises.length);
    for (const [index, { name: feature }] of exercises.entries()) {
      const outcome = run.outcomes[index]!;
      const own = outcome.ok ? undefined : itself?.outcomes[index];
      const direct = own?.ok === false ? own : backendCan[index]!;
      const program = direct.ok ? outcome : undefined;
      const note = own?.ok === false
        ? `the client itself cannot, without the program: ${own.why}`
        : "";
      yield {
        kind: "one-era",
        counterpart: name,
        at: `${client.name}@${as}`,
        atTitle: `${client.title} (${Object.values(client.versions)[0]}), ${as}`,
        feature,
        direct,
        ...program && { program },
        ...note !== "" && { note },
        ...program?.ok === false && { log: run.log.slice(-keptLog) },
        ms,
      };
    }
  }
}

/** Which clients, each in which of its eras; of the quick part the Node.js client of the other one. */
function pairs(
  clients: readonly Client[],
  { era, quick }: { era: Era; quick: boolean },
): { client: Client; as: Era }[] {
  const all = clients.flatMap((client) => (client.eras ?? []).map((as) => ({ client, as })));
  if (!quick) return all;
  return all.filter(({ client, as }) => as !== era && client.toolchains.includes("node"))
    .slice(0, 1);
}

async function missesToolchain({ toolchains }: Client): Promise<boolean> {
  for (const toolchain of toolchains) {
    if (await findToolchain(toolchain) === undefined) return true;
  }
  return false;
}

async function goThroughDirectly(
  backend: Backend,
  { url, era, token }: { url: URL; era: Era; token: string },
): Promise<Outcome[]> {
  const transport = backend.transport ?? "streamable-http";
  await using connection = await connectDirectly(url, { era, transport, token });
  const outcomes: StepOutcome[] = [];
  for (const { step } of stepsFor(backend)) outcomes.push(await stepDirectly(connection, step));
  return judgeAll(outcomes, backend).map((outcome, index) => {
    const { declared } = exercises[index]!;
    const why = `the backend does not declare ${declared} to clients of ${era}`;
    return declares(connection.capabilities, declared) ? outcome : { ok: false, why };
  });
}

/** Clients do not ask for what a backend does not declare, though it may do it all the same. */
function declares(capabilities: Readonly<Record<string, unknown>>, path = ""): boolean {
  const found = path.split(".").filter((name) => name !== "")
    .reduce<unknown>((within, name) => Object(within)[name], capabilities);
  return found !== undefined && found !== false;
}

interface RunOptions {
  backend: Backend;
  as: Era;
  desk: Desk;
  url: URL;
  /** What the backend accepts: with it the client goes there itself, and nothing stands between. */
  token?: string;
  signal: AbortSignal;
}

/** One run of a client's program, from its start to its end. */
async function goThrough(
  client: Client,
  { backend, as, desk, url, token, signal }: RunOptions,
): Promise<{ outcomes: Outcome[]; log: string }> {
  await using home = await createHome();
  const running = await client.start({
    directory: await installCounterpart(client, { signal }),
    home: home.path,
    server: await programCommand(desk.settings(url)),
    catalogue: {
      era: as,
      steps: stepsFor(backend).map(({ step }) => step),
      ...token !== undefined && { backend: { url, token } },
    },
    signal,
  });
  const outcomes: StepOutcome[] = [];
  let failure: string | undefined;
  try {
    const ended = await probeOutcome(async () => {
      for await (const line of running.lines()) {
        const event = eventOf(line);
        if (event?.event === "step") outcomes[event.at] = event.outcome;
        else if (event?.event === "error") failure ??= event.message;
      }
      await within(running.ended, { what: `the end of ${client.name}` });
    }, { patience: 120_000, what: `the end of ${client.name}` });
    if (!ended.ok) failure ??= ended.why;
  } finally {
    await running.kill();
  }
  return { outcomes: judgeAll(outcomes, backend, failure), log: running.output() };
}

function eventOf(line: string): ClientEvent | undefined {
  try {
    return JSON.parse(line);
  } catch {
    // Some clients print more than what they are asked for.
    return undefined;
  }
}

/** The steps of all exercises, calls in the backend's own words where it has some. */
function stepsFor({ translate }: Backend): { step: Step; text?(text: string): string }[] {
  return exercises.flatMap(({ steps }) => steps).map((step) => {
    const own = step.do === "call" ? translate?.(step.name, step.args) : undefined;
    return own
      ? { step: { ...step, name: own.name, args: own.args } as Step, text: own.text }
      : { step };
  });
}

function judgeAll(
  outcomes: readonly (StepOutcome | undefined)[],
  backend: Backend,
  failure?: string,
): Outcome[] {
  const steps = stepsFor(backend);
  let at = 0;
  return exercises.map((exercise) => {
    const own = exercise.steps.map((): StepOutcome => {
      const outcome = outcomes[at] ?? { error: { message: failure ?? "the client ended before" } };
      const { text } = steps[at++]!;
      return text && outcome.text !== undefined
        ? { ...outcome, text: text(outcome.text) }
        : outcome;
    });
    return judgeOne(exercise, own);
  });
}

function judgeOne({ check }: Exercise, outcomes: readonly StepOutcome[]): Outcome {
  try {
    check(...outcomes);
    return { ok: true };
  } catch (error) {
    const errors = outcomes.flatMap(({ error }) => error ? [error.message] : []);
    return { ok: false, why: reasonOf([reasonOf(error), ...errors].join("; ")) };
  }
}
