import type { Backend } from "./counterpart.ts";

/** The backend of this name among those of a folder. */
export function namedBackend(backends: readonly Backend[], name: string): Backend {
  const found = backends.find((backend) => backend.name === name);
  if (!found) throw new Error(`there is no backend ${name}`);
  return found;
}
