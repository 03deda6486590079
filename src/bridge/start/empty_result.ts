import type { ListMethod } from "./backend_memory.ts";

const emptyLists: Record<ListMethod, object> = {
  "tools/list": { tools: [] },
  "prompts/list": { prompts: [] },
  "resources/list": { resources: [] },
  "resources/templates/list": { resourceTemplates: [] },
};

const emptyResults: Readonly<Record<string, object>> = {
  ...emptyLists,
  "logging/setLevel": {},
  "resources/subscribe": {},
  "resources/unsubscribe": {},
  "completion/complete": { completion: { values: [] } },
};

/**
 * The result of a backend that has nothing of the kind; `undefined` for a request that it could not
 * answer well.
 */
export function emptyResult(method: string): object | undefined {
  return Object.hasOwn(emptyResults, method) ? emptyResults[method] : undefined;
}
