/**
 * `oidc-provider` without its warnings: that its keys, pages and defaults are for development is
 * exactly why the tests use them, and a line of them on every run hides what matters.
 *
 * @module
 */
for (const level of ["info", "warn"] as const) {
  const write = console[level];
  console[level] = (...values: unknown[]) => {
    if (!/oidc-provider (NOTICE|WARNING):/.test(String(values[0]))) write(...values);
  };
}

export const { Provider } = await import("oidc-provider");
export type Provider = InstanceType<typeof Provider>;
