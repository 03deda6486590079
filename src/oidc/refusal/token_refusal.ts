import type { RefusalWords } from "./refusal_words.ts";
import type { TokenFacts } from "./token_facts.ts";

/** A backend's refusal of a token that should have been good. */
export interface TokenRefusal {
  /** The status of the answer. */
  status: number;
  /** The header fields of the answer. */
  headers: Headers;
  /** The body of the answer, or the beginning of it. */
  body?: Uint8Array;
  /** The backend. */
  backendUrl: URL;
  /** What the refused token says of itself. */
  token: TokenFacts;
  /** What the last token said that this backend did not refuse. */
  accepted?: TokenFacts;
  /** The issuer that was signed in at. */
  issuer: string;
  /** The client id that the token was given to. */
  clientId: string;
  /** What the backend's metadata says (RFC 9728), when it was asked. */
  advertised?: {
    /** Whom it trusts. */
    issuers: readonly string[];
    /** What it is. */
    resource?: string;
    /** The scopes that it knows. */
    scopes?: readonly string[];
  };
  /** What is set, so that nobody is told to set it. */
  settings: {
    /** The configured issuer; absent when the backend named it. */
    issuer?: string;
    /** The resource indicator that is sent, be it set or advertised; `none` when none is to be sent. */
    resource?: string;
    /** The audience parameter. */
    audience?: string;
    /** The scopes. */
    scopes: readonly string[];
    /** Whether tokens are bound to a key. */
    dpop: boolean;
  };
  /** Why nobody signed in for what the backend wants, when it is that. */
  note?: string;
  /** The present, in milliseconds since the epoch. */
  now: number;
}

/** A refusal with its words read. */
export interface ReadRefusal extends TokenRefusal {
  /** What the backend said. */
  words: RefusalWords;
  /** The scopes that the backend names and the token lacks. */
  missing: readonly string[];
}
