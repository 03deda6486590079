import type { Credential, PendingAuthorization, PendingDevice } from "../../src/base/credential.ts";
import type { SignInInvitation } from "../../src/base/sign_in_invitation.ts";
import type { Acquisition } from "../../src/credentials/acquisition.ts";
import type { Lease } from "../../src/credentials/leases/lease.ts";
import type { LeaseHolder } from "../../src/credentials/leases/lease_holder.ts";
import {
  createCredentialStore,
  type CredentialStore,
} from "../../src/credentials/store/credential_store.ts";
import { type RecordedLog, recordLog } from "../support/recorded_log.ts";
import { identity } from "./room.ts";
import { type ScriptedFlows, scriptedFlows } from "./scripted_flows.ts";
import { type MemoryStore, openMemoryStore } from "./store/memory_store.ts";

/** Getting one credential, with a store in memory and leases as a test gives them out. */
export class AcquisitionBench implements Disposable {
  time = 1_800_000_000_000;
  readonly now = () => this.time;
  readonly flows: ScriptedFlows = scriptedFlows(this.now);
  readonly recorded: RecordedLog = recordLog();
  readonly stop = new AbortController();
  readonly refreshStop = new AbortController();
  readonly lost = new AbortController();
  /** What happened besides, in its order. */
  readonly events: string[] = [];
  /** Who has the leases that are asked for, one after the other; nobody when none is left. */
  readonly holders: LeaseHolder[] = [];
  isHeld = true;
  predecessor: LeaseHolder | undefined;

  constructor(readonly memory: MemoryStore, readonly store: CredentialStore) {}

  /** Makes one. */
  static async open(): Promise<AcquisitionBench> {
    const memory = await openMemoryStore();
    const { log } = recordLog();
    const store = createCredentialStore({ ...memory, identity, digest: "d1", log });
    return new AcquisitionBench(memory, store);
  }

  /** A lease of ours. */
  lease(): Lease {
    const { predecessor, lost, events } = this;
    return {
      predecessor,
      lost: lost.signal,
      isHeld: () => Promise.resolve(this.isHeld),
      setActivity: (activity) => Promise.resolve(void events.push(`activity ${activity}`)),
      [Symbol.asyncDispose]: () => Promise.resolve(void events.push("lease given back")),
    };
  }

  /** What is to be got, and how. */
  acquisition(changes: Partial<Acquisition> = {}): Acquisition {
    const { store, flows, now, events } = this;
    return {
      store,
      leases: {
        attempt: (name, activity) => {
          events.push(`${name} for ${activity}`);
          return Promise.resolve(this.holders.shift() ?? this.lease());
        },
        holder: () => Promise.resolve(undefined),
        [Symbol.dispose]: () => {},
      },
      flows,
      log: this.recorded.log,
      now,
      unwanted: undefined,
      refused: false,
      interactive: true,
      byHand: false,
      force: false,
      mustStore: false,
      signal: this.stop.signal,
      refreshSignal: this.refreshStop.signal,
      onWaiting: (activity) => events.push(`waiting for a ${activity}`),
      onStage: (stage) => events.push(stage),
      onInvitation: ({ url }) => events.push(`invited to ${url}`),
      ...changes,
    };
  }

  /** Stores a credential that was got an hour ago and has a second to live, unless told otherwise. */
  async storeOld(fields: Partial<Credential> = {}): Promise<Credential> {
    const credential = this.flows.grant({
      obtainedAt: this.time - 3_600_000,
      expiresAt: this.time + 1_000,
      ...fields,
    });
    await this.store.complete(credential);
    return credential;
  }

  /** A request that was begun now. */
  pending(changes: Partial<PendingAuthorization> = {}): PendingAuthorization {
    return {
      issuer: "https://auth.example/",
      authorizationUrl: "https://auth.example/authorize",
      redirectUrl: "http://localhost:8080/auth/callback",
      state: "state",
      nonce: "nonce",
      codeVerifier: "verifier",
      startedAt: this.time,
      expiresAt: this.time + 300_000,
      ...changes,
    };
  }

  /** A device code that was asked for now. */
  device(): PendingDevice {
    return {
      issuer: "https://auth.example/",
      clientId: "client",
      deviceCode: "device-code",
      userCode: "AB-CD",
      verificationUrl: "https://auth.example/device",
      startedAt: this.time,
      expiresAt: this.time + 300_000,
      interval: 5_000,
      codeVerifier: "verifier",
    };
  }

  /** What a person is to open. */
  invitation(url = "http://localhost:8080/start"): SignInInvitation {
    return { url, expiresAt: this.time + 300_000 };
  }

  [Symbol.dispose]() {
    this.stop.abort();
    this.memory[Symbol.dispose]();
  }
}

/** Another process that has a lease. */
export const otherProcess: LeaseHolder = {
  instance: "other",
  pid: 4_711,
  marked: true,
  activity: "sign-in",
  heartbeatAt: 0,
};
