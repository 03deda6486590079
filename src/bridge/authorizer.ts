/** One HTTP request that the bridge is about to send to the backend. */
export interface OutgoingRequest {
  /** The HTTP method, which a DPoP proof covers (RFC 9449 section 4.2). */
  method: "GET" | "POST" | "DELETE";
  /** The full URL; always on the backend's origin. */
  url: URL;
  /**
   * Who asked for it: `client` when a message of the MCP client is behind it, `unasked` when one is
   * for which no person is to be asked, `background` for what the bridge does by itself (GET stream,
   * DELETE, keep-alive). Only `client` may start a sign-in; the others fail with the reason
   * `signed_out` where it would take one.
   */
  purpose: "client" | "unasked" | "background";
  /** Aborts the wait, not the sign-in that others may wait for too. */
  signal: AbortSignal;
}

/** The header fields that authorize one request: `authorization`, with DPoP also `dpop`. */
export type AuthorizationFields = Readonly<Record<string, string>>;

/** The backend's answer that refused a request: HTTP 401, or 403 with a `WWW-Authenticate` challenge. */
export interface Refusal {
  /** What was sent; the same object for every attempt at one message and address. */
  request: OutgoingRequest;
  /** What authorized it. */
  fields: AuthorizationFields;
  /** The status of the answer. */
  status: 401 | 403;
  /** The header fields of the answer. */
  headers: Headers;
  /** The answer's body, or the beginning of it: some backends give their reason there. */
  body?: Uint8Array;
  /** 1 for the first refusal of this message, 2 for the next, … */
  attempt: number;
  /**
   * Whether the session was refused and not the token, which some backends say with the same status.
   * It asks the backend, without an effect; absent when there is no session that could be lost. It is
   * to be asked before a person is, and before the token gets the blame.
   */
  isSessionLost?(): Promise<boolean>;
}

/**
 * How the bridge gets its requests authorized without knowing how: the one seam between it and the
 * credential. Everything it throws is a `ProxyError`, which becomes the answer to the message.
 */
export interface Authorizer {
  /** The fields for one request; synchronous when a valid credential is at hand, so that nothing waits. */
  authorize(request: OutgoingRequest): AuthorizationFields | Promise<AuthorizationFields>;
  /**
   * Deals with a refusal. When it resolves, the bridge authorizes and sends the same message once
   * more; when it rejects, the message is answered with that error. It decides when to stop: the
   * second refusal in a row of a fresh token rejects with an explanation.
   *
   * @returns `answer` when the token is not what was refused: then the message is not sent again, and
   * the answer is read as any other
   */
  refused(refusal: Refusal): Promise<"answer" | void>;
  /**
   * Looks at an HTTP 403 without a challenge, by which some backends refuse a token that has run out.
   *
   * @returns whether there is a new token, so that the message is to be sent once more
   */
  forbidden?(refusal: Refusal): Promise<boolean>;
  /** Sees the header fields of every other answer (a `DPoP-Nonce` may be among them). */
  answered?(request: OutgoingRequest, headers: Headers): void;
}
