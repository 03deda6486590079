import type { BridgeContext } from "../bridge_context.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import type { InitializeResult } from "../legacy/session.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import type { BackendMemory } from "./backend_memory.ts";
import type { SignIn } from "./sign_in.ts";

/** How the client is answered while the backend cannot be asked. */
export interface StartSettings {
  /**
   * `auto`: the backend is asked, and answered for only when that takes a sign-in or is not possible;
   * `always`: what is remembered is answered at once, and the backend asked behind it.
   */
  mode: "auto" | "always";
  /** When a sign-in begins without a request that needs it: where nothing is remembered, always, never. */
  eagerLogin: "first" | "always" | "never";
  /** How long `initialize` waits for a sign-in, in milliseconds. */
  startGrace: number;
  /**
   * When the client began to wait, in milliseconds of `performance.now()`: most count from when they
   * started the program. When the first request came, if absent.
   */
  begunAt?: number;
  /** How long a list that is not remembered waits for a sign-in, in milliseconds. */
  listGrace: number;
  /** What the backend last said. */
  memory: BackendMemory;
  /** The sign-in that is waited for. */
  signIn: SignIn;
}

/** What an instant start needs. */
export interface InstantStartOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries the messages to the backend. */
  era: LegacyEra;
  /** How the client is answered. */
  settings: StartSettings;
  /** Whether a message of the client waits for a credential. */
  isAuthorizing(): boolean;
}

/** What a start in the modern era needs. */
export interface ModernStartOptions extends Omit<InstantStartOptions, "era"> {
  /** Carries the messages to the backend. */
  era: ModernEra;
}

/** The session as the client began it. */
export interface BegunSession {
  /** The client's `initialize` request. */
  initialize: Message | undefined;
  /** Its `notifications/initialized`, once it has come. */
  initialized: Message | undefined;
  /** What the backend answered to it; absent until it has. */
  result: InitializeResult | undefined;
}
