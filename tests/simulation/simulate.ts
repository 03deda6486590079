import type { Credential } from "../../src/base/credential.ts";
import type { Identity } from "../../src/credentials/identity.ts";
import { BackendModel } from "./backend_model.ts";
import { ClientModel, type ClientPlan } from "./client_model.ts";
import { cacheDir, createDisk } from "./disk.ts";
import { Ledger } from "./ledger.ts";
import type { Program, StartProgram } from "./load_program.ts";
import { KvContent } from "./memory_kv.ts";
import { MemoryModel } from "./memory_model.ts";
import { Network } from "./network.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { ProviderModel } from "./provider_model.ts";
import { PersonModel, signInByModel } from "./sign_in_model.ts";
import { SimulatedProcess } from "./simulated_process.ts";
import { World } from "./world.ts";

/** What came of one seed. */
export interface Outcome {
  seed: number;
  /** Stands for everything that happened: equal for equal runs. */
  hash: string;
  /** The invariant that did not hold; absent when all did. */
  violation?: string;
  /** What happened, when it was asked for. */
  trace: readonly string[];
  /** How much has happened. */
  events: number;
}

/** A process with its client. */
interface Running {
  process: SimulatedProcess;
  client: ClientModel;
  plan: ClientPlan;
  /** Until when its client has something to do. */
  until: number;
  stop: AbortController;
  /** Whether it has returned. */
  hasEnded: boolean;
}

const identity: Identity = {
  issuer: "https://auth.example/",
  clientId: "client",
  scopes: ["mcp"],
  profile: "default",
};

/** How long after the last fault a request must have got its answer, in milliseconds. */
const recoveryTime = 20 * 60_000;
/** How long after that nothing is left to be done, in milliseconds: what was slow is over. */
const restTime = 65_000;
/** How often a client tries again then. */
const probePause = 20_000;
/** How long a process may take to end: draining, DELETE, the last lines, a refresh, and some more. */
const endTime = 10_000 + 2_000 + 2_000 + 5_000 + 3_000 + 3_000;
/** How many turns of promises are waited for behind each event; what takes longer goes on behind the next. */
const turns = 30;
/** More has never happened in a run. */
const maxEvents = 60_000;

/** Runs the program in a world that the seed decides, and says which invariant did not hold. */
export async function simulate(
  start: StartProgram,
  seed: number,
  { keepTrace = false }: { keepTrace?: boolean } = {},
): Promise<Outcome> {
  const world = new World(seed, { keepTrace });
  const simulation = new Simulation(world, start);
  try {
    await simulation.run();
  } catch (error) {
    world.fail(`the simulation ended: ${error instanceof Error ? error.stack : error}`);
  }
  const { hash, violation, trace } = world;
  return {
    seed,
    hash,
    trace,
    events: world.scheduler.events,
    ...violation !== undefined && { violation },
  };
}

class Simulation {
  readonly #world: World;
  readonly #start: StartProgram;
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  readonly #network: Network;
  readonly #provider: ProviderModel;
  readonly #backend: BackendModel;
  readonly #person: PersonModel;
  readonly #store = new KvContent();
  readonly #disk;
  readonly #memory: MemoryModel;
  readonly #running: Running[] = [];
  #digest = "";
  #count = 0;

  constructor(world: World, start: StartProgram) {
    this.#world = world;
    this.#start = start;
    const plan = this.#plan = drawPlan(world);
    this.#ledger = new Ledger(world, { rotates: plan.provider.rotates });
    this.#network = new Network({
      world,
      ledger: this.#ledger,
      isHttp2: plan.isHttp2,
      faults: plan.network,
    });
    this.#provider = new ProviderModel(world, plan.provider);
    this.#backend = new BackendModel(world, {
      plan: plan.backend,
      ledger: this.#ledger,
      provider: this.#provider,
    });
    this.#network.addHost("backend.example", this.#backend);
    this.#network.addHost("auth.example", this.#provider);
    this.#disk = createDisk(this.#store, plan.hasLocks);
    this.#memory = new MemoryModel(world);
    this.#person = new PersonModel(world, {
      provider: this.#provider,
      readStored: () => this.#readStored(),
      // A store that takes seconds keeps signs of life back, too.
      mayBeStopped: this.#plan.freezes > 0 || this.#plan.store.slow > 0,
    });
  }

  async run() {
    const world = this.#world;
    const plan = this.#plan;
    world.say(`plan ${JSON.stringify(plan)}`);
    await this.#fillStore();
    plan.clients.forEach((client, at) =>
      world.scheduler.schedule(at * world.between(0, 10_000), () => this.#launch(client))
    );
    this.#scheduleFaults();
    await this.#advance(plan.faultsUntil);
    this.#heal();
    await this.#recover();
    if (world.violation !== undefined) return;
    await this.#endAll();
  }

  /** Lets time pass until then. */
  async #advance(until: number, isDone: () => boolean = () => false) {
    const world = this.#world;
    const { scheduler } = world;
    await passTurns();
    while (world.violation === undefined && !isDone() && scheduler.step(until)) {
      await passTurns();
      if (scheduler.events > maxEvents) world.fail(`more than ${maxEvents} events: a busy loop`);
    }
    if (!isDone()) scheduler.now = Math.max(scheduler.now, until);
  }

  async #fillStore() {
    const { stored } = this.#plan;
    const process = this.#newProcess();
    const { keys, identityDigest } = this.#start(process.platform());
    this.#digest = await identityDigest(identity);
    this.#put(["schema"], 2);
    if (stored === "nothing") return;
    const lifetime = stored === "good" ? 3_600_000 : stored === "ending" ? 5_000 : 1;
    const given = this.#provider.issue(
      { isRevoked: stored === "revoked", refreshToken: "" },
      lifetime,
    );
    const obtainedAt = process.now() - 60_000;
    const credential: Credential = {
      issuer: "https://auth.example/",
      clientId: "client",
      accessToken: given.accessToken,
      refreshToken: given.refreshToken,
      tokenType: "Bearer",
      obtainedAt,
      expiresAt: obtainedAt + 60_000 + lifetime,
    };
    this.#put(keys.credential(this.#digest), { identity, credential }, [0]);
  }

  #put(key: Deno.KvKey, value: unknown, before: number[] = []) {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    this.#store.put(key, Uint8Array.from([...before, ...bytes]));
  }

  /** The stored credential: what is not encrypted begins with a zero. */
  #readStored(): Credential | undefined {
    const value = this.#store.peek([2, "credential", this.#digest]);
    if (!(value instanceof Uint8Array)) return undefined;
    return JSON.parse(new TextDecoder().decode(value.subarray(1))).credential;
  }

  #newProcess(): SimulatedProcess {
    const pid = 100 + this.#count++;
    return new SimulatedProcess({
      world: this.#world,
      disk: this.#disk,
      network: this.#network,
      faults: this.#plan.store,
    }, { name: `p${pid - 100}`, pid });
  }

  #launch(plan: ClientPlan) {
    const process = this.#newProcess();
    this.#world.say(`${process.name} starts`);
    const client = new ClientModel(process, { world: this.#world, ledger: this.#ledger, plan });
    const running: Running = {
      process,
      client,
      plan,
      until: this.#world.now + plan.during,
      stop: new AbortController(),
      hasEnded: false,
    };
    this.#running.push(running);
    const program = this.#start(process.platform());
    this.#runProgram(program, running).then(
      () => this.#world.say(`${process.name} returns`),
      (error) => this.#world.fail(`${process.name} ends with ${error?.stack ?? error}`),
    ).finally(() => running.hasEnded = true);
    client.start();
  }

  /** What `src/app/run_proxy.ts` and `access.ts` do, without what is about the real machine. */
  async #runProgram(program: Program, { process, client, plan, stop }: Running) {
    const { keepAlive, requestTimeout, transport, start } = this.#plan;
    const world = this.#world;
    const log = program.createLog({
      level: "debug",
      now: process.now,
      write: (line) => {
        world.say(`${process.name} logs ${line.slice(line.indexOf("] [") + 2, -1)}`);
        if (line.includes(ProviderModel.secret)) world.fail(`a secret in the log: ${line}`);
      },
    });
    const noFiles = { caCerts: [], clientCert: undefined, clientKey: undefined };
    const connections = await program.createConnections(noFiles);
    const fetch = await program.createHttpFetch(noFiles);
    const issuerUrl = new URL(identity.issuer);
    const oidc = program.createOidcClient({
      issuerUrl,
      clientId: identity.clientId,
      scopes: identity.scopes,
      redirectUrls: [],
      loginTimeout: 300_000,
      fetch,
      log,
    });
    const source = program.createCredentialSource({
      cacheDir,
      identity,
      encryption: "none",
      log,
      flows: {
        signIn: (context) =>
          signInByModel(context, { world, process, person: this.#person, program, fetch }),
        refresh: (credential, signal) => oidc.refresh(credential, signal),
      },
    });
    const authorizer = program.createBackendAuthorizer(
      // deno-lint-ignore no-explicit-any -- the few settings that it looks at
      { oidcIssuerUrl: issuerUrl, oidcScopes: identity.scopes, oidcExchangeScopes: [] } as any,
      {
        access: {
          source,
          setStepUp: () => Promise.resolve(),
          hasProviderChanged: () => Promise.resolve(false),
        },
        fetch,
        log,
      },
    );
    const bridged = program.runBridge({
      backendUrl: new URL("https://backend.example/mcp"),
      authorizer,
      log,
      input: client.input,
      output: client.output,
      signal: stop.signal,
      connections,
      transport,
      keepAlive,
      requestTimeout,
      start: start && {
        ...start,
        memory: this.#memory.of(process),
        signIn: {
          isAtHand: source.isAtHand,
          begin: async (signal) => void await source.current({ interactive: true, signal }),
          invitation: source.invitation,
          isAvailable: (signal) =>
            Promise.resolve(source.current({ interactive: false, signal })).then(
              () => true,
              () => false,
            ),
          obstacle: () => Promise.resolve(undefined),
        },
      },
    });
    try {
      await Promise.race([bridged, new Promise((_, reject) => source.ready.catch(reject))]);
    } catch (error) {
      const { reason } = error as { reason?: string };
      if (reason !== "store_locked") throw error;
      world.say(`${process.name} cannot use the store, and ends`);
      process.kill();
      // A person starts it again.
      world.scheduler.schedule(2_000, () => this.#launch(plan));
    }
    await source.close();
  }

  #scheduleFaults() {
    const world = this.#world;
    const { scheduler } = world;
    const plan = this.#plan;
    const sometime = (count: number, act: () => void) => {
      for (let at = 0; at < count; at++) {
        scheduler.schedule(world.between(0, plan.faultsUntil), () => world.isFaulty && act());
      }
    };
    sometime(plan.restarts, () => this.#restart("backend.example"));
    sometime(plan.providerRestarts, () => this.#restart("auth.example"));
    sometime(plan.interruptions, () =>
      this.#network.interrupt(
        world.pick(["backend.example", "auth.example"]),
        world.between(500, 45_000),
      ));
    sometime(plan.freezes, () => {
      const frozen = this.#pickAlive();
      if (!frozen) return;
      const duration = world.between(2_000, 30_000);
      world.say(`${frozen.process.name} is stopped for ${duration} ms`);
      frozen.process.freeze(duration);
    });
    sometime(plan.kills, () => {
      const killed = this.#pickAlive();
      if (!killed) return;
      world.say(`${killed.process.name} is killed`);
      this.#kill(killed);
      scheduler.schedule(
        world.between(0, 8_000),
        () => this.#launch(world.pick(this.#plan.clients)),
      );
    });
  }

  #pickAlive(): Running | undefined {
    const alive = this.#running.filter(({ process, hasEnded }) => process.isAlive && !hasEnded);
    return alive.length > 0 ? this.#world.pick(alive) : undefined;
  }

  #kill({ process }: Running) {
    const state = this.#person.listeningOf.get(process);
    if (state !== undefined) this.#person.stopListening(state);
    this.#person.listeningOf.delete(process);
    process.kill();
  }

  #restart(name: "backend.example" | "auth.example") {
    const world = this.#world;
    const host = name === "backend.example" ? this.#backend : this.#provider;
    if (!host.isUp) return;
    world.say(`${name} goes down`);
    host.isUp = false;
    this.#network.hostDied(name);
    if (host === this.#backend) this.#backend.restart();
    world.scheduler.schedule(world.between(100, 15_000), () => {
      world.say(`${name} is up again`);
      host.isUp = true;
    });
  }

  /** From now on nothing goes wrong any more. */
  #heal() {
    this.#world.say("the faults are over");
    this.#world.isFaulty = false;
    this.#person.comeBack();
  }

  #alive(): Running[] {
    return this.#running.filter(({ process }) => process.isAlive);
  }

  /** Whatever has happened: once all is well again, requests are answered. */
  async #recover() {
    const world = this.#world;
    const deadline = world.now + recoveryTime;
    const isDone = () => this.#alive().every(({ client }) => client.hasResult);
    // A killed one is started once more within this time.
    await this.#advance(world.now + 10_000);
    while (!isDone() && world.now < deadline && world.violation === undefined) {
      for (const { client } of this.#alive()) if (!client.hasResult) client.probe();
      await this.#advance(world.now + probePause, isDone);
    }
    if (world.violation !== undefined) return;
    // A 403 without a challenge is hardly ever taken for one about the token.
    const isRefusedForGood = this.#plan.backend.refusal === "403";
    for (const { process, client } of this.#alive()) {
      // Everything waits for the answer to the first request, which may have died on its way.
      const isBeginning = this.#network.openOf(process).some((title) =>
        title.includes("initialize")
      );
      if (!client.hasResult && !isRefusedForGood && !isBeginning) {
        return world.fail(
          `${process.name} answers no request ${recoveryTime} ms after the last fault`,
        );
      }
    }
    // One that was started late has more to do than the others.
    const busyUntil = Math.max(...this.#alive().map(({ until }) => until));
    await this.#advance(Math.max(world.now, busyUntil) + restTime);
    if (world.violation !== undefined) return;
    for (const { process, client } of this.#alive()) this.#checkAtRest(process, client);
  }

  /** What holds when nothing is to be done any more. */
  #checkAtRest(process: SimulatedProcess, client: ClientModel) {
    const world = this.#world;
    const isBeginning = this.#network.openOf(process).some((title) => title.includes("initialize"));
    // Over HTTP/1.1, the stream by which an answer is resumed may die unseen.
    const streams = this.#network.openOf(process).filter((title) => title.startsWith("GET"));
    const isResuming = this.#plan.backend.isResumable && streams.length > 0;
    for (const { text } of client.pending.values()) {
      // Everything waits for the answer to the first request, which may have died on its way.
      if (!isBeginning && !isResuming && !this.#network.isUnderWay(process, text)) {
        world.fail(`${process.name} neither answers nor sends ${text}`);
      }
    }
    const open = this.#network.openOf(process).filter((title) =>
      // A log level was answered in the backend's place, and is passed on later.
      title.includes("backend.example") && !/^OPTIONS|logging\/setLevel/.test(title)
    );
    // Where a backend looks like one of the legacy era alone, what the client says in the modern one
    // has a session of its own.
    const sessions = client.speaksBothEras ? 2 : 1;
    const lasting = sessions * (this.#plan.keepAlive > 0 ? 2 : 1);
    if (open.length > client.pending.size + lasting) {
      world.fail(`${process.name} has more open than it needs: ${open.join("; ")}`);
    }
    for (const one of process.signals) {
      const count = one.deref()?.listenerCount ?? 0;
      if (count > 6 + 3 * open.length) {
        world.fail(`${process.name}: ${count} listeners on one signal`);
      }
    }
  }

  /** Every process ends in time, and leaves nothing behind. */
  async #endAll() {
    const world = this.#world;
    const ending = this.#alive();
    for (const { client, stop } of ending) {
      if (this.#plan.ending === "signal") stop.abort();
      if (this.#plan.ending === "output") client.closeOutput();
      client.closeInput();
    }
    await this.#advance(world.now + endTime, () => ending.every(({ hasEnded }) => hasEnded));
    if (world.violation !== undefined) return;
    for (const { process, client, hasEnded } of ending) {
      if (!hasEnded) world.fail(`${process.name} does not end within ${endTime} ms`);
      if (this.#plan.ending !== "output" && client.pending.size > 0) {
        const [{ text }] = client.pending.values();
        world.fail(`${process.name} left ${client.pending.size} requests unanswered: ${text}`);
      }
    }
    // What was told to end has done so.
    await this.#advance(world.now + 3_000);
    for (const { process } of ending) {
      const [timer] = process.timers.values();
      if (timer) world.fail(`${process.name} leaves a timer behind: ${timer}`);
      const [open] = this.#network.openOf(process);
      if (open) world.fail(`${process.name} leaves a request open: ${open}`);
    }
  }
}

/** Lets everything go on that waits for a promise alone. */
async function passTurns() {
  for (let turn = 0; turn < turns; turn++) await undefined;
}
