import { scanToml } from "./scan_toml.ts";
import { hidden, isVariableShown, shownArguments } from "./secret_values.ts";

/**
 * The text of Codex' configuration with every value hidden that is, or may be, a secret. It is for the
 * screen, and keeps its lines.
 */
export function maskToml(text: string): string {
  const { lines, tables } = scanToml(text);
  const shown = [...lines];
  for (const { path, keys } of tables) {
    const holder = path.at(-1) ?? "";
    for (const { name, from, to } of keys) {
      if (/^(?:env|(?:http_)?headers)$/.test(holder)) {
        if (holder !== "env" || !isVariableShown(name)) hide(shown, { from, to });
      } else if (/^(?:env|(?:http_)?headers|bearer_token)$/.test(name)) {
        hide(shown, { from, to });
      } else if (name === "args") {
        maskArguments(shown, { from, to });
      }
    }
  }
  return shown.join("");
}

/** Everything between quotes, except the names in front of a `=`. */
function hide(lines: string[], { from, to }: { from: number; to: number }): void {
  for (let i = from; i < to; i++) {
    lines[i] = lines[i]
      .replace(/"(?:[^"\\]|\\.)*"(?!\s*=)|'[^']*'(?!\s*=)/g, `"${hidden}"`)
      .replace(/=(\s*)(?!["'{[])[^\s,}#]+/g, `=$1"${hidden}"`);
  }
}

function maskArguments(lines: string[], { from, to }: { from: number; to: number }): void {
  const strings: string[] = [];
  const quoted = /"(?:[^"\\]|\\.)*"|'[^']*'/g;
  for (let i = from; i < to; i++) {
    for (const [string] of lines[i].matchAll(quoted)) strings.push(unquoted(string));
  }
  const shown = shownArguments(strings);
  let at = 0;
  for (let i = from; i < to; i++) {
    lines[i] = lines[i].replaceAll(quoted, (string) => {
      const index = at++;
      return shown[index] === strings[index] ? string : JSON.stringify(shown[index]);
    });
  }
}

function unquoted(string: string): string {
  if (string.startsWith("'")) return string.slice(1, -1);
  try {
    return JSON.parse(string);
  } catch {
    return string.slice(1, -1);
  }
}
