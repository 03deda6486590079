import { type Node, parseTree } from "jsonc-parser";
import { hidden, isSettingShown, isVariableShown, shownArguments } from "./secret_values.ts";

/**
 * The text of a JSON configuration with every value hidden that is, or may be, a secret: the clients'
 * (`env`, `headers`, arguments) and our own. It is for the screen, and keeps its lines.
 */
export function maskJson(text: string): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length);
  const tree = parseTree(body, [], { allowTrailingComma: true });
  const values: { node: Node; shown: string }[] = [];
  if (tree) collect(tree, [], values);
  return mark + values.toSorted((one, other) => other.node.offset - one.node.offset)
    .reduce(
      (text, { node: { offset, length }, shown }) =>
        text.slice(0, offset) + JSON.stringify(shown) + text.slice(offset + length),
      body,
    );
}

function collect(
  node: Node,
  path: readonly string[],
  values: { node: Node; shown: string }[],
): void {
  const [key] = path.slice(-1);
  const [holder] = path.slice(-2);
  if (node.type === "object") {
    for (const { children } of node.children ?? []) {
      collect(children![1], [...path, children![0].value], values);
    }
  } else if (node.type === "array" && (key === "args" || key === "command")) {
    const items = node.children ?? [];
    const shown = shownArguments(items.map(({ value }) => String(value)));
    for (const [index, item] of items.entries()) {
      if (shown[index] !== String(item.value)) values.push({ node: item, shown: shown[index] });
    }
  } else if (node.type === "array") {
    for (const item of node.children ?? []) collect(item, path, values);
  } else if (isHidden(key ?? "", holder)) {
    values.push({ node, shown: hidden });
  }
}

/** @param holder the name of the object that has the member */
function isHidden(key: string, holder: string | undefined): boolean {
  if (holder === "env" || holder === "environment") return !isVariableShown(key);
  return holder === "headers" || !isSettingShown(key);
}
