import configuration from "../../deno.json" with { type: "json" };

/** The `npm:` specifier with the version that `deno.json` pins, to run a package as a command. */
export function npmSpecifier(name: keyof typeof configuration.imports): string {
  return configuration.imports[name];
}
