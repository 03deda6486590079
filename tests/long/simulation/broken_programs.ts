/** A program that was broken on purpose, for the simulation to find out. */
export interface BrokenProgram {
  /** What is wrong with it. */
  fault: string;
  /** The file of `src` that was changed. */
  file: string;
  /** What stood there, and what stands there now. */
  change: readonly [string, string];
  /** What the simulation has to say. */
  finds: RegExp;
}

/** One for each promise, more for those that are easily broken. */
export const brokenPrograms: readonly BrokenProgram[] = [
  {
    fault: "an answer that comes twice is given twice",
    file: "bridge/exchange.ts",
    change: ["    if (this.isAnswered) return false;\n", ""],
    finds: /answered twice/,
  },
  {
    fault: "a request is sent again after its connection was lost",
    file: "bridge/retry_policy.ts",
    change: ["!neverSent.has(error.reason) && !isReadOnly(method)", "false"],
    finds: /sent twice|carried out 2 times/,
  },
  {
    fault: "a request is sent again in a new session though a 5xx leaves open what became of it",
    file: "bridge/legacy/session_recovery.ts",
    change: [
      'if (isRepeatable || !isTrial) return "send again"',
      'if (isTrial) return "send again"',
    ],
    finds: /sent twice|carried out 2 times/,
  },
  {
    fault: "what is pending at the end is left unanswered",
    file: "bridge/pending_requests.ts",
    change: ["        exchange.abort(errorOf(exchange, failure));", ""],
    finds: /requests unanswered/,
  },
  {
    fault: "the end waits for answers without a limit",
    file: "bridge/bridge.ts",
    change: ["    AbortSignal.timeout(drainTimeout),\n", ""],
    finds: /does not end within/,
  },
  {
    fault: "the limit of a notification leaves its listener behind",
    file: "bridge/accept_limit.ts",
    change: ['      stop.removeEventListener("abort", end);\n', ""],
    finds: /listeners on one signal/,
  },
  {
    fault: "a client that does not read is fetched more and more",
    file: "bridge/stdio/line_writer.ts",
    change: [
      "if (queued <= highWater || closed.signal.aborted) return undefined;",
      "return undefined;",
    ],
    finds: /holds \d+ bytes/,
  },
  {
    fault: "secrets are not taken out of what is said",
    file: "base/redactor.ts",
    change: ["    if (text.length < minLength) return text;\n", "    if (text) return text;\n"],
    finds: /a secret/,
  },
  {
    fault: "a refresh token that another process may have spent is sent",
    file: "credentials/acquire_credential.ts",
    change: ["if (stored.maybeSpent) {", "if (stored.maybeSpent && false) {"],
    finds: /sends a refresh token again/,
  },
  {
    fault: "a lease is taken whoever has it",
    file: "credentials/leases/leases.ts",
    change: ["await isAlive(name, holder, found.versionstamp)", "false"],
    finds: /refresh token again|second tab|in vain/,
  },
  {
    fault: "a lease is written without a look at who took it meanwhile",
    file: "credentials/leases/leases.ts",
    change: ["kv.atomic().check(check).set(key", "kv.atomic().set(key"],
    finds: /refresh token again|second tab|in vain/,
  },
  {
    fault: "a sign-in that another process began is begun once more",
    file: "credentials/sign_in.ts",
    change: [
      "const isNew = !takesOver && (acquisition.byHand || acquisition.force);",
      "const isNew = true;",
    ],
    finds: /second tab/,
  },
  {
    fault: "a refresh whose answer broke off behind a 200 is tried again",
    file: "oidc/provider_fetch.ts",
    change: ["        httpStatus: status,\n        cause: error,", "        cause: error,"],
    finds: /refresh token again/,
  },
  {
    fault: "the replacement of a spent refresh token that could not be stored is forgotten",
    file: "credentials/acquire_credential.ts",
    change: ['if (fate !== "replaced") await store.endSpending();', "await store.endSpending();"],
    finds: /refresh token again/,
  },
  {
    fault: "the signs of life of a lease go on when it was given back",
    file: "credentials/leases/lease.ts",
    change: ["    clearInterval(timer);\n", ""],
    finds: /leaves a timer behind/,
  },
  {
    fault: "nobody waits for the store to be read (an await is missing)",
    file: "credentials/credential_source.ts",
    change: [
      "const { store, leases } = await opening;",
      "const { store, leases } = opening as never;",
    ],
    finds: /answers no request|ends with|nobody dealt with it/,
  },
  {
    fault: "a second session is begun while the memory is looked into",
    file: "bridge/start/instant_start.ts",
    change: ["    if (deciding) return deciding.then(() => request(exchange));\n", ""],
    finds: /more open than it needs|answers no request|begins/,
  },
];
