import type { RememberedVerdict } from "../bridge/start/backend_memory.ts";
import type { Page } from "./page_file.ts";

const eras: readonly unknown[] = ["legacy", "modern", "both"];

/** How many versions are taken, and how long they may be, in characters. */
const most = { versions: 16, length: 64 };

/** The verdict that was written; `undefined` when it is none. */
export function readVerdict(page: Page | undefined): RememberedVerdict | undefined {
  if (!page) return undefined;
  try {
    const { era, versions } = JSON.parse(new TextDecoder().decode(page.content));
    if (!eras.includes(era) || !Array.isArray(versions)) return undefined;
    const bounded = versions.filter((version) =>
      typeof version === "string" && version.length <= most.length
    );
    return { era, versions: bounded.slice(0, most.versions), at: page.at };
  } catch {
    return undefined;
  }
}
