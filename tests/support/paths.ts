import { fileURLToPath } from "node:url";

/** The path that a `file:` URL names. */
export function fromFileUrl(url: string | URL): string {
  return fileURLToPath(url);
}

/** The root of the repository. */
export const repository = fromFileUrl(new URL("../../", import.meta.url));
