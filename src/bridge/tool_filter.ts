import { ProxyError } from "../base/errors.ts";

/** Which tools of the backend the client may see and call. */
export interface ToolFilter {
  /** Whether the tool with this name is one of them. */
  allows(name: string): boolean;
}

/** What {@linkcode createToolFilter} goes by; `*` stands for any characters. */
export interface ToolPatterns {
  /** Only tools that match one of these; all when there is none. */
  allow: readonly string[];
  /** No tool that matches one of these. */
  ignore: readonly string[];
}

/**
 * A filter by name patterns; `undefined` when there are none, so that nothing needs filtering.
 *
 * @example
 * ```ts
 * const filter = createToolFilter({ allow: ["read_*"], ignore: ["*_secret"] });
 * filter?.allows("read_file"); // true
 * filter?.allows("read_secret"); // false
 * ```
 */
export function createToolFilter(patterns: ToolPatterns): ToolFilter | undefined {
  const [allow, ignore] = [patterns.allow, patterns.ignore].map((some) => some.map(expression));
  if (allow.length === 0 && ignore.length === 0) return undefined;
  return {
    allows: (name) =>
      (allow.length === 0 || allow.some((pattern) => pattern.test(name))) &&
      !ignore.some((pattern) => pattern.test(name)),
  };
}

/** What a call of a tool is answered with that the filter does not allow. */
export function toolBlocked(name: string): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the tool ${name} is blocked on this machine`,
    fix: "change --allow-tool or --ignore-tool if it is wanted",
    reason: "tool_blocked",
  });
}

function expression(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|\/-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
