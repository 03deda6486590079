import { scanToml } from "./scan_toml.ts";
import { hidden, isVariableShown, shownArguments } from "./secret_values.ts";

/** A member of this name has values that may be secrets. */
const secretName = /^(?:env|(?:http_)?headers|bearer_token)$/;

/** A table on one line that has such a member in it. */
const secretInside = /[{,\s.](["']?)(?:env|(?:http_)?headers|bearer_token)\1\s*[.=]/;

/**
 * The text of Codex' configuration with every value hidden that is, or may be, a secret. It is for the
 * screen, and keeps its lines.
 */
export function maskToml(text: string): string {
  const { lines, tables } = scanToml(text);
  const shown = [...lines];
  for (const table of tables) {
    for (const { path, from, to } of table.keys) {
      const whole = [...table.path, ...path];
      const value = lines.slice(from, to).join("");
      const at = whole.findIndex((part) => secretName.test(part));
      if (at !== -1) {
        const isShown = whole[at] === "env" && at === whole.length - 2 &&
          isVariableShown(whole[at + 1]);
        if (!isShown) hide(shown, { from, to });
      } else if (secretInside.test(value)) {
        hide(shown, { from, to });
      } else if (whole.at(-1) === "args") {
        // Of a text in several lines it cannot be told where it ends.
        if (/"""|'''/.test(value)) hide(shown, { from, to });
        else maskArguments(shown, { from, to });
      }
    }
  }
  return shown.join("");
}

/** Everything that stands behind the first `=`, except the names in front of another one. */
function hide(lines: string[], { from, to }: { from: number; to: number }): void {
  const isInLines = lines.slice(from, to).some((line) => /"""|'''/.test(line));
  for (let i = from; i < to; i++) {
    lines[i] = isInLines ? withoutText(lines[i], i === from) : lines[i]
      .replace(
        /(?:"(?:[^"\\]|\\.)*"|'[^']*')(\s*[.=])?/g,
        (text, name) => name === undefined ? `"${hidden}"` : text,
      )
      .replace(/=(\s*)(?!["'{[])[^\s,}#]+/g, `=$1"${hidden}"`);
  }
}

/** A line of a text in several lines; the first one keeps what stands in front of the `=`. */
function withoutText(line: string, isFirst: boolean): string {
  const [name] = isFirst ? /[^=]*=\s*/.exec(line)! : [""];
  const [end] = /\r?\n?$/.exec(line)!;
  return `${name}"${hidden}"${end}`;
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
  try {
    return JSON.parse(string);
  } catch {
    // In single quotes, or with an escape that JSON does not have: no flag has one in it.
    return string.slice(1, -1);
  }
}
