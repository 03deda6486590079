/** How a check ended. */
export type Verdict =
  /** It is as it should be. */
  | "ok"
  /** It works, or may not. */
  | "warning"
  /** The bridge does not work. */
  | "failure"
  /** It cannot be told, most often before somebody has signed in. */
  | "unknown";

/** One thing that was looked at. */
export interface Finding {
  /** Which check found it. */
  check: CheckName;
  /** Whether it is as it should be. */
  verdict: Verdict;
  /** What was found, without a full stop. */
  found: string;
  /** What to do about it, naming the setting; absent when all is well. */
  fix?: string;
}

/** The checks in the order in which they run, with their headings. */
export const checkTitles = {
  settings: "Settings",
  names: "Name resolution",
  proxy: "Proxy variables",
  connection: "Connections",
  clock: "Clock",
  provider: "Provider",
  client: "Client at the provider",
  workload: "Workload",
  redirect: "Redirect ports",
  browser: "Browser",
  store: "Store",
  backend: "Backend without a token",
  exchange: "Company sign-on",
  access: "Backend with a token",
} as const;

/** The name of one check. */
export type CheckName = keyof typeof checkTitles;
