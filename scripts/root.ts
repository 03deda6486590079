import { resolve } from "node:path";

/** The root of the working copy that these scripts are part of. */
export const root = resolve(import.meta.dirname!, "..");
