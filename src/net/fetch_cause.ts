import { excerpt } from "../base/excerpt.ts";
import { describe } from "../base/errors.ts";

/**
 * Why `fetch` failed, in one line: the innermost reason, without what names the URL once more and
 * without the pointers to the documentation of Rustls.
 */
export function fetchCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = describe(cause)
    .replace(/.*client error \(\w+\): /, "")
    .replace(/^error sending request for url \(.*?\):? ?/, "")
    .replace(/[:,]? ?(?:see )?https:\/\/docs\.rs\/\S*/g, "")
    .replace(/(: .{4,})\1$/, "$1");
  return excerpt(reason, { max: 300 });
}
