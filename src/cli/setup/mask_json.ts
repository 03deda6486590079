import { type Node, parseTree } from "jsonc-parser";
import { hidden, isSettingShown, isVariableShown, shownArguments } from "./secret_values.ts";

/**
 * The text of a JSON configuration with every value hidden that is, or may be, a secret: the clients'
 * (`env`, `headers`, arguments) and our own. It is for the screen, and keeps its lines.
 */
export function maskJson(text: string): string {
  const tree = parseTree(text);
  const values: { node: Node; shown: string }[] = [];
  if (tree) collect(tree, { key: "", holder: "" }, values);
  // From the last one upwards, so that the places of the others stay.
  return values.reduceRight(
    (text, { node: { offset, length }, shown }) =>
      text.slice(0, offset) + JSON.stringify(shown) + text.slice(offset + length),
    text,
  );
}

/** Where a value stands: the name of the member that it is, and of the object that has that. */
interface Place {
  key: string;
  holder: string;
}

/** Collects the values that are not shown, in the order of the text. */
function collect(
  node: Node,
  { key, holder }: Place,
  values: { node: Node; shown: string }[],
): void {
  if (node.type === "object") {
    for (const { children } of node.children!) {
      // A name that nothing follows: what is being typed has no value yet.
      if (children!.length < 2) continue;
      collect(children![1], { key: children![0].value, holder: key }, values);
    }
  } else if (node.type === "array" && (key === "args" || key === "command")) {
    const items = node.children!;
    const shown = shownArguments(items.map(({ value }) => String(value)));
    for (const [index, item] of items.entries()) {
      if (shown[index] !== String(item.value)) values.push({ node: item, shown: shown[index] });
    }
  } else if (node.type === "array") {
    for (const item of node.children!) collect(item, { key, holder }, values);
  } else if (isHidden({ key, holder })) {
    values.push({ node, shown: hidden });
  }
}

function isHidden({ key, holder }: Place): boolean {
  if (holder === "env" || holder === "environment") return !isVariableShown(key);
  return holder === "headers" || !isSettingShown(key);
}
