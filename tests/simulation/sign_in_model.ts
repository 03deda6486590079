import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import type { Credential, PendingAuthorization } from "../../src/base/credential.ts";
import type { Program } from "./load_program.ts";
import type { ProviderModel } from "./provider_model.ts";
import type { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** The credential as it lies in the store, for whoever judges whether a tab was needed. */
export type ReadStored = () => Credential | undefined;

/** How long a person may take, in milliseconds. */
const loginTimeout = 300_000;
/** No two tabs open within this time unless the first one is finished. */
const tabPause = 60_000;

interface Tab {
  state: string;
  openedAt: number;
  isFinished: boolean;
}

/** The person at the one browser of the machine. */
export class PersonModel {
  readonly #world: World;
  readonly #provider: ProviderModel;
  readonly #readStored: ReadStored;
  /** Who waits for the answer of which authorization. */
  readonly #listeners = new Map<string, (answer: string | Error) => void>();
  #tabs: Tab[] = [];

  /** Whether a process that was stopped may not know what others have done meanwhile. */
  readonly #mayBeStopped: boolean;

  constructor(
    world: World,
    { provider, readStored, mayBeStopped }: {
      provider: ProviderModel;
      readStored: ReadStored;
      mayBeStopped: boolean;
    },
  ) {
    this.#mayBeStopped = mayBeStopped;
    this.#world = world;
    this.#provider = provider;
    this.#readStored = readStored;
  }

  /** How many tabs were opened. */
  get tabCount(): number {
    return this.#tabs.length;
  }

  /** Opens the browser. */
  open(process: SimulatedProcess, { state }: PendingAuthorization) {
    const world = this.#world;
    world.say(`${process.name} opens a tab for ${state}`);
    const unfinished = this.#tabs.find((tab) =>
      // Processes tell the time in whole milliseconds.
      !tab.isFinished && Math.ceil(world.now - tab.openedAt) < tabPause - 1
    );
    if (unfinished && !this.#mayBeStopped) {
      world.fail(
        `${process.name} opens a second tab ${
          world.now - unfinished.openedAt
        } ms after one that is open`,
      );
    }
    const stored = this.#readStored();
    if (
      stored && !this.#mayBeStopped && this.#provider.remaining(stored.accessToken) > tabPause &&
      !this.#provider.refused.has(stored.accessToken)
    ) {
      world.fail(`${process.name} opens a tab in vain: a good access token is stored`);
    }
    const tab: Tab = { state, openedAt: world.now, isFinished: false };
    this.#tabs.push(tab);
    const { absent, denied } = this.#provider.plan;
    if (world.fault(absent)) return;
    const isDenied = world.fault(denied);
    const delay = world.isFaulty ? world.between(2_000, 50_000) : 5_000;
    world.scheduler.schedule(delay, () => this.#finish(tab, isDenied));
  }

  /** The person comes back to what is open. */
  comeBack() {
    for (const tab of this.#tabs) if (!tab.isFinished) this.#finish(tab, false);
  }

  #finish(tab: Tab, isDenied: boolean) {
    const { state } = tab;
    if (tab.isFinished) return;
    tab.isFinished = true;
    const listener = this.#listeners.get(state);
    this.#world.say(
      `the person ${isDenied ? "says no" : "signs in"}${listener ? "" : "; nobody listens"}`,
    );
    listener?.(isDenied ? new Error("access_denied") : this.#provider.issueCode());
  }

  /** Waits for the answer of an authorization, as the redirect listener does. */
  listen(state: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#listeners.set(
        state,
        (answer) => answer instanceof Error ? reject(answer) : resolve(answer),
      );
      signal.addEventListener("abort", () => {
        this.#listeners.delete(state);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Nobody waits for it any more. */
  stopListening(state: string) {
    this.#listeners.delete(state);
  }

  /** Nobody waits for this tab any more: it says so. */
  close(state: string) {
    for (const tab of this.#tabs) if (tab.state === state) tab.isFinished = true;
  }

  /** What listened in a process that is dead. */
  readonly listeningOf: Map<SimulatedProcess, string> = new Map();
}

/** Signs in as the authorization code flow does, with a person instead of a browser. */
export async function signInByModel(
  context: SignInContext,
  { world, process, person, program, fetch }: {
    world: World;
    process: SimulatedProcess;
    person: PersonModel;
    program: Program;
    fetch: (url: string, init?: RequestInit) => Promise<Response>;
  },
): Promise<Credential> {
  const { resume, reopenAt = Infinity, signal } = context;
  await using _port = await context.reservePort(8080, { wait: true });
  const now = process.now();
  const pending = resume ?? {
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/auth/callback",
    state: `state-${world.between(1, 1e9)}`,
    nonce: "",
    codeVerifier: "v".repeat(43),
    startedAt: now,
    expiresAt: now + loginTimeout,
  };
  const { state } = pending;
  const failure = (reason: string, isTransient = false) =>
    new program.ProxyError({
      category: isTransient ? "Network error" : "Authentication error",
      what: `the sign-in failed: ${reason}`,
      fix: "try again",
      reason,
      transient: isTransient,
    });
  let reopening: { cancel(): void } | undefined;
  const late = process.schedule(pending.expiresAt - now, () => person.close(state));
  try {
    const listening = person.listen(state, signal);
    listening.catch(() => {});
    person.listeningOf.set(process, state);
    context.onInvitation({
      url: `http://localhost:8080/start-${state}`,
      expiresAt: pending.expiresAt,
    });
    await context.onPending(pending);
    if (!resume) person.open(process, pending);
    else if (reopenAt !== Infinity) {
      reopening = process.schedule(Math.max(0, reopenAt - now), async () => {
        // What cannot be written down is not done.
        const isKnown = await context.onReopen().then(() => true, () => false);
        if (isKnown && !signal.aborted) person.open(process, pending);
      });
    }
    const timeout = new Promise<never>((_, reject) => {
      process.schedule(pending.expiresAt - now, () => reject(failure("login_timeout")));
    });
    timeout.catch(() => {});
    let code: string;
    try {
      code = await Promise.race([listening, timeout]);
    } catch (error) {
      if (!signal.aborted) person.close(state);
      throw error instanceof Error && error.message === "access_denied"
        ? failure("access_denied")
        : error;
    }
    await context.onRedeem();
    const credential = await redeem(code);
    await context.onCredential(credential);
    return credential;
  } finally {
    late.cancel();
    reopening?.cancel();
    person.stopListening(state);
    person.listeningOf.delete(process);
  }

  async function redeem(code: string): Promise<Credential> {
    let answer: Record<string, unknown>;
    const late = new AbortController();
    const timer = process.schedule(10_000, () => late.abort(new Error("no answer")));
    try {
      const response = await fetch("https://auth.example/token", {
        method: "POST",
        body: new URLSearchParams({ grant_type: "authorization_code", code }),
        signal: AbortSignal.any([signal, late.signal]),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      answer = await response.json();
    } catch {
      signal.throwIfAborted();
      throw failure("provider_unreachable", true);
    } finally {
      timer.cancel();
    }
    const obtainedAt = process.now();
    return {
      issuer: "https://auth.example/",
      clientId: "client",
      accessToken: String(answer.access_token),
      tokenType: "Bearer",
      obtainedAt,
      expiresAt: obtainedAt + Number(answer.expires_in) * 1000,
      ...answer.refresh_token !== undefined && { refreshToken: String(answer.refresh_token) },
    };
  }
}
