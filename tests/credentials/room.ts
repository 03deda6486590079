import { join } from "node:path";
import {
  createCredentialSource,
  type CredentialSource,
  type CredentialSourceOptions,
} from "../../src/credentials/credential_source.ts";
import { type Identity, identityDigest } from "../../src/credentials/identity.ts";
import { createCredentialStore } from "../../src/credentials/store/credential_store.ts";
import { openStore } from "../../src/credentials/store/open_store.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { bounded } from "../support/bounded.ts";
import { type ScriptedFlows, scriptedFlows } from "./scripted_flows.ts";

/** The identity of all tests that do not care. */
export const identity: Identity = {
  issuer: "https://auth.example",
  clientId: "client",
  scopes: ["openid"],
  profile: "default",
};

/** A cache directory of its own, a scripted provider, and a clock that a test sets. */
export class Room implements AsyncDisposable {
  readonly home = Deno.makeTempDirSync();
  cacheDir = join(this.home, "cache");
  readonly lines: string[] = [];
  readonly log = createLog({ level: "debug", write: (line) => this.lines.push(line) });
  readonly flows: ScriptedFlows;
  time = Date.now();
  readonly now = () => this.time;
  readonly #sources: CredentialSource[] = [];

  constructor() {
    this.flows = scriptedFlows(this.now);
  }

  /** One process's source; several of them share the store. */
  source(
    changes: Partial<Identity> = {},
    options: Partial<CredentialSourceOptions> = {},
  ): CredentialSource {
    const { cacheDir, flows, log, now } = this;
    const source = createCredentialSource({
      cacheDir,
      identity: { ...identity, ...changes },
      flows,
      log,
      now,
      ...options,
    });
    const limited = bounded(source, "the credential source");
    this.#sources.push(limited);
    return limited;
  }

  /** The store as another process sees it. */
  async otherProcess() {
    const { cacheDir, log } = this;
    const store = await openStore({ cacheDir, encryption: "file", log });
    const digest = await identityDigest(identity);
    return { ...store, credentials: createCredentialStore({ ...store, identity, digest, log }) };
  }

  /** Ends every process there is. */
  async closeAll(): Promise<void> {
    await Promise.all(this.#sources.splice(0).map((source) => source.close()));
  }

  /** What was logged at this level. */
  logged(level: string): string[] {
    return this.lines.filter((line) => line.includes(`[${level}]`));
  }

  async [Symbol.asyncDispose]() {
    await this.closeAll();
    await Deno.remove(this.home, { recursive: true });
  }
}

/** A request that the client made. */
export const asking = () => ({ interactive: true, signal: new AbortController().signal });

/** Work that nobody asked for. */
export const background = () => ({ interactive: false, signal: new AbortController().signal });

/** The reason of the error that this ends in. */
export const reasonOf = (result: unknown) =>
  Promise.resolve(result).then(() => "no error", (error: ProxyError) => error.reason);
