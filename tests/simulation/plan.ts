import type { StartSettings } from "../../src/bridge/start/start_settings.ts";
import { type BackendPlan, lossForms } from "./backend_model.ts";
import type { ClientPlan } from "./client_model.ts";
import type { NetworkFaults } from "./network.ts";
import type { ProviderPlan } from "./provider_model.ts";
import type { StoreFaults } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** What is to happen in a run: everything about it that the seed decides beforehand. */
export interface Plan {
  network: NetworkFaults;
  isHttp2: boolean;
  backend: BackendPlan;
  provider: ProviderPlan;
  store: StoreFaults;
  /** Whether files can be locked, so that the death of a process shows at once. */
  hasLocks: boolean;
  /** What is stored at the beginning. */
  stored: "nothing" | "good" | "ending" | "expired" | "revoked";
  clients: ClientPlan[];
  /** When the faults end, in milliseconds. */
  faultsUntil: number;
  /** How often the backend and the provider are restarted, and the network interrupted. */
  restarts: number;
  providerRestarts: number;
  interruptions: number;
  /** How many processes are killed and started once more; and how many are stopped for a while. */
  kills: number;
  freezes: number;
  /** How a client ends the program. */
  ending: "input" | "signal" | "output";
  transport: "auto" | "http";
  /** How the client is answered while the backend cannot be asked; absent where it just waits. */
  start?: Pick<StartSettings, "mode" | "eagerLogin" | "startGrace" | "listGrace">;
  keepAlive: number;
  requestTimeout: number;
}

/**
 * Draws a plan. Each kind of fault is on in some runs only: a run with all of them has no part in which
 * one alone can show.
 */
export function drawPlan(world: World): Plan {
  const rate = (most: number) => world.chance(0.35) ? most * world.between(1, 100) / 100 : 0;
  const times = (most: number) => world.chance(0.4) ? world.between(1, most) : 0;
  const isModern = world.chance(0.15);
  const during = world.pick([2_000, 20_000, 90_000]);
  const client = (): ClientPlan => ({
    messages: world.between(2, 18),
    during,
    modern: isModern ? 1 : world.chance(0.2) ? 0.4 : 0,
    cancelling: rate(0.5),
    slowReading: rate(0.3),
    junk: world.chance(0.3) ? 1 : 0,
  });
  const plan: Plan = {
    network: {
      refused: rate(0.3),
      notTaken: rate(0.2),
      resetBefore: rate(0.15),
      resetAfter: rate(0.15),
      halfOpen: rate(0.1),
      cut: rate(0.15),
      latency: world.pick([5, 60, 800]),
    },
    isHttp2: world.chance(0.5),
    backend: {
      hasSessions: world.chance(0.85),
      lossForm: world.pick(lossForms),
      stream: world.pick(["open", "open", "405", "404", "400"] as const),
      isResumable: world.chance(0.4),
      refusal: world.chance(0.8) ? "401" : "403",
      answers: world.pick(["json", "events", "both"] as const),
      asksBeforeAccepting: world.chance(0.2),
      forgetting: rate(0.1),
      busy: rate(0.2),
      failing: rate(0.2),
      refusing: rate(0.2),
      slow: rate(0.3),
      silent: rate(0.1),
      unanswered: rate(0.2),
      double: rate(0.4),
      failedTool: rate(0.4),
      telling: rate(1),
      asking: rate(0.5),
      flooding: world.chance(0.01) ? 1 : 0,
    },
    provider: {
      rotates: world.chance(0.7),
      lifetime: world.pick([8_000, 30_000, 90_000, 300_000, 3_600_000]),
      failing: rate(0.4),
      slow: rate(0.4),
      unreadable: rate(0.3),
      halfGiven: rate(0.3),
      revoked: rate(0.3),
      absent: rate(0.6),
      denied: rate(0.4),
    },
    store: { locked: rate(0.2), slow: rate(0.03) },
    hasLocks: world.chance(0.5),
    stored: world.pick(["nothing", "good", "ending", "expired", "revoked", "good"] as const),
    clients: world.chance(0.5) ? [client(), client()] : [client()],
    faultsUntil: during + world.between(1_000, 60_000),
    restarts: times(3),
    providerRestarts: times(2),
    interruptions: times(2),
    kills: times(2),
    freezes: times(2),
    ending: world.pick(["input", "input", "input", "signal", "output"] as const),
    transport: world.chance(0.7) ? "auto" : "http",
    keepAlive: world.chance(0.2) ? 30_000 : 0,
    start: world.chance(0.5)
      ? {
        mode: world.pick(["auto", "auto", "always"] as const),
        eagerLogin: world.pick(["first", "always", "never"] as const),
        startGrace: 2_500,
        listGrace: 2_500,
      }
      : undefined,
    requestTimeout: world.chance(0.15) ? 60_000 : 0,
  };
  if (plan.backend.flooding > 0) {
    // It takes a client that reads slowly, and a stream to flood.
    plan.backend.stream = "open";
    for (const each of plan.clients) each.slowReading = 0.3;
  }
  return plan;
}
