/** What it means that Deno could not fetch a package, for a `ProxyError`. */
export interface PackageFailure {
  /** Nothing but the network is in the way. */
  category: "Network error";
  /** What happened. */
  what: string;
  /** What to do. */
  fix: string;
  /** The word for programs. */
  reason: "package_unavailable";
}

/**
 * What to do about an `import()` for which Deno could not fetch an npm package or a module;
 * `undefined` for other errors. Run by Deno, the program fetches a package when it needs it for the
 * first time, and Deno trusts Mozilla's certificate authorities alone unless it is told otherwise:
 * behind a gateway that opens TLS it is the first connection that fails.
 */
export function packageFailure({ message }: Error): PackageFailure | undefined {
  const [, archive, npmPackage, module] =
    /^(?:Failed caching npm package '([^']+)'|Failed loading \S+ for package "([^"]+)"|Import '(https?:[^']+)' failed)/
      .exec(message) ?? [];
  const name = archive ?? npmPackage;
  if (name === undefined && module === undefined) return undefined;
  const why = /^\s*0: (.+)/m.exec(message)?.[1];
  return {
    category: "Network error",
    what: `Deno cannot fetch ${name === undefined ? module : `the npm package ${name}`}${
      why ? `: ${why}` : ""
    }`,
    fix: /certificate/i.test(message)
      ? "start it with DENO_TLS_CA_STORE=system in its environment, so that Deno trusts what this " +
        "machine trusts, or with DENO_CERT naming the file of your company's certificate authority"
      : "check the network; where a company needs it, set HTTPS_PROXY, or NPM_CONFIG_REGISTRY to " +
        "its mirror",
    reason: "package_unavailable",
  };
}
