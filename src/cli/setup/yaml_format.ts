import { isDeepStrictEqual } from "node:util";
import { programVariables } from "../../settings/program_variables.ts";
import type { ClientFormat } from "./client_format.ts";
import { maskYaml } from "./mask_yaml.ts";
import { byHand, joined, root, scanYaml } from "./scan_yaml.ts";
import { entriesOf, type ServerEntry } from "./server_entry.ts";

/** How Goose's `config.yaml` has its servers: as extensions of type `stdio`, by name. */
export const yamlFormat: Pick<ClientFormat, "entries" | "add" | "remove" | "masked"> = {
  masked: maskYaml,
  entries: (text) =>
    entriesOf(Object.fromEntries(
      scanYaml(text).members.map(({ name, values }) => [name, {
        command: values.get("cmd")?.value,
        args: values.get("args")?.value,
        env: values.get("envs")?.value,
      }]),
    )),
  add: addExtension,
  remove: removeExtension,
};

function addExtension(text: string | undefined = "", entry: ServerEntry): string {
  const before = scanYaml(text);
  const { lines, eol, header, end, indentation } = before;
  const present = before.members.find(({ name }) => name === entry.name);
  if (!present) {
    const inner = indentation.repeat(2);
    const block = [
      `${indentation}${entry.name}:`,
      `${inner}enabled: true`,
      `${inner}type: stdio`,
      `${inner}name: ${entry.name}`,
      ...members(entry, inner),
      `${inner}env_keys: []`,
      `${inner}timeout: 300`,
    ];
    const at = header === undefined ? lines.length : end;
    const added = header === undefined ? [`${root}:`, ...block] : block;
    const opened = header === undefined || lines[header].trim() === `${root}:`
      ? lines
      : lines.with(header, `${root}:`);
    return result(opened.toSpliced(at, 0, ...added), { text, eol, entry });
  }
  const old = Object(present.values.get("envs")?.value);
  const others = Object.entries(old).filter(([name]) => !programVariables.has(name));
  const env: Record<string, string> = {
    ...Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
    ...entry.env,
  };
  const wanted: Record<string, unknown> = { cmd: entry.command, args: [...entry.args], envs: env };
  const placeOf = (key: string) => present.values.get(key) ?? { from: present.to, to: present.to };
  let edited = lines;
  // From the last line upwards, so that the numbers of the others stay.
  const changed = Object.keys(wanted).toReversed()
    .filter((key) => !isDeepStrictEqual(present.values.get(key)?.value, wanted[key]))
    .toSorted((one, other) => placeOf(other).from - placeOf(one).from);
  if (changed.length === 0) return text;
  for (const key of changed) {
    const { from, to } = placeOf(key);
    const written = settingLines(key, wanted[key], present.indentation);
    edited = edited.toSpliced(from, to - from, ...written);
  }
  return result(edited, { text, eol, entry: { ...entry, env } });
}

function removeExtension(text: string, name: string): string {
  const { lines, eol, members, header } = scanYaml(text);
  const member = members.find((each) => each.name === name);
  if (!member) return text;
  const rest = lines.toSpliced(member.from, member.to - member.from);
  // A name without a value would be null, which is no list of extensions.
  if (members.length === 1) rest[header!] = `${root}: {}`;
  return joined(rest, { text, eol });
}

function members({ command, args, env }: ServerEntry, indentation: string): string[] {
  return Object.entries({ cmd: command, args, envs: env })
    .flatMap(([key, value]) => settingLines(key, value, indentation));
}

/** A setting in YAML: texts as in JSON, which YAML reads, and variables one per line. */
function settingLines(key: string, value: unknown, indentation: string): string[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.keys(value).length > 0;
  if (!isMap) {
    const text = Array.isArray(value)
      ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
      : JSON.stringify(value);
    return [`${indentation}${key}: ${text}`];
  }
  return [
    `${indentation}${key}:`,
    ...Object.entries(value).map(([name, text]) =>
      `${indentation}  ${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${JSON.stringify(text)}`
    ),
  ];
}

/** The lines as a text, once it is sure that they say what was meant. */
function result(
  lines: readonly string[],
  { text, eol, entry }: {
    text: string;
    eol: string;
    entry: Pick<ServerEntry, "name" | "command" | "args" | "env">;
  },
): string {
  const after = joined(lines, { text, eol });
  const values = scanYaml(after).members.find(({ name }) => name === entry.name)?.values;
  const isAsMeant = values?.get("cmd")?.value === entry.command &&
    isDeepStrictEqual(values!.get("args")?.value, [...entry.args]) &&
    isDeepStrictEqual(values!.get("envs")?.value, { ...entry.env });
  if (!isAsMeant) throw byHand(`has the extension ${JSON.stringify(entry.name)}`);
  return after;
}
