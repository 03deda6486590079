import type { Backend, OneEraBackend } from "../counterpart.ts";

/** Which backends are measured with clients of either era, by the name of the backend. */
const measured: readonly (Pick<OneEraBackend, "era" | "filtered" | "quick"> & { of: string })[] = [
  { of: "sdk-v2-modern-only", era: "2026", quick: true },
  { of: "python-sdk-2", era: "2026", filtered: true },
  { of: "fastmcp-4", era: "2026", filtered: true },
  { of: "sdk-v2-legacy-only", era: "2025", quick: true },
  { of: "python-sdk-2", era: "2025", filtered: true },
  { of: "fastmcp-4", era: "2025", filtered: true },
  { of: "everything", era: "2025" },
];

/** The backends of one era alone, or made to speak one alone. */
export function oneEraBackends(backends: readonly Backend[]): OneEraBackend[] {
  return measured.map(({ of, era, filtered, quick }) => {
    const backend = backends.find(({ name }) => name === of);
    if (!backend) throw new Error(`there is no backend ${of}`);
    const { title, versions, toolchains, files } = backend;
    const [product] = title.split(",");
    return {
      name: `one-era-${of.replace(/-(modern|legacy)-only$/, "")}-${era}`,
      title: `${product}, ${era} alone`,
      versions,
      toolchains,
      files,
      install: backend.install,
      backend,
      era,
      filtered,
      quick,
    };
  });
}
