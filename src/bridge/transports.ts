/** How the backend may be spoken to in the legacy era; `auto` finds out. */
export const transports = ["auto", "http", "sse"] as const;

/** One of {@linkcode transports}. */
export type Transport = typeof transports[number];
