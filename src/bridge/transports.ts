/** How the backend may be spoken to in the legacy era; `auto` finds out. */
export const transports = ["auto", "http", "sse"] as const;

/** One of {@linkcode transports}. */
export type Transport = typeof transports[number];

/** What is done when client and backend speak different eras of the protocol; `auto` translates. */
export const protocols = ["auto", "pass-through"] as const;

/** One of {@linkcode protocols}. */
export type Protocol = typeof protocols[number];
