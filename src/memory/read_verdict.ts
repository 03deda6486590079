import type { RememberedVerdict } from "../bridge/start/backend_memory.ts";
import type { Page } from "./page_file.ts";

const eras: readonly unknown[] = ["legacy", "modern", "both"];

/** The verdict that was written; `undefined` when it is none. */
export function readVerdict(page: Page | undefined): RememberedVerdict | undefined {
  if (!page) return undefined;
  try {
    const { era, versions } = JSON.parse(new TextDecoder().decode(page.content));
    const isVerdict = eras.includes(era) && Array.isArray(versions) &&
      versions.every((version) => typeof version === "string");
    return isVerdict ? { era, versions, at: page.at } : undefined;
  } catch {
    return undefined;
  }
}
