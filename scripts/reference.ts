/**
 * Writes what is generated from the tables of options and commands: the settings in
 * `docs/settings.md`, the help texts in `docs/commands.md` and `schemas/config.schema.json`.
 * `deno task docs`; a test fails when one of them is stale.
 *
 * @module
 */
import { join } from "node:path";
import { parseCommandLine } from "../src/cli/arguments/command_line.ts";
import { commands } from "../src/cli/commands/registry.ts";
import { notInConfig } from "../src/settings/config_document.ts";
import { type OptionName, optionNames, options } from "../src/settings/options.ts";
import type { SettingOption } from "../src/settings/setting_option.ts";

/** What is generated, by the path of the file that holds it. */
export const generated: Readonly<Record<string, (text: string) => string>> = {
  "README.md": (text) => between(text, "options", firstOptions()),
  "docs/settings.md": (text) => between(text, "settings", settingsReference()),
  "docs/commands.md": (text) =>
    commands.reduce(
      (text, { name }) => between(text, `help ${name}`, helpBlock(name)),
      between(text, "commands", commandList()),
    ),
  "schemas/config.schema.json": () => `${JSON.stringify(configSchema(), null, 2)}\n`,
  "schemas/system-config.schema.json": () => `${JSON.stringify(systemConfigSchema(), null, 2)}\n`,
};

/** The options that a person meets first; the others are for particular companies and networks. */
const metFirst: readonly OptionName[] = [
  "backendUrl",
  "oidcIssuerUrl",
  "oidcClientId",
  "oidcClientSecret",
  "oidcScopes",
  "oidcRedirectUrls",
  "oidcFlow",
  "loginTimeout",
  "noBrowser",
  "profile",
  "cacheDir",
  "envFile",
  "noBanner",
  "silent",
  "debug",
];

/** The table of the options that a person meets first. */
export function firstOptions(): string {
  const rows = metFirst.map((name) => {
    const { flag, env, defaultText = "", help } = options[name] as SettingOption<unknown>;
    const fallback = defaultText === "required" || defaultText === ""
      ? defaultText
      : code(defaultText);
    return `| ${code(flag)} | ${env ? code(env) : ""} | ${fallback} | ${escapePipes(help)} |`;
  });
  return ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

/** All settings as tables, one a group. */
export function settingsReference(): string {
  const groups = [...new Set(optionNames.map((name) => options[name].group))];
  return groups.map((group) => {
    const rows = optionNames.filter((name) => options[name].group === group).map((name) => {
      const row: SettingOption<unknown> = options[name];
      const flag = row.value ? `${row.flag} ${row.value}` : row.flag;
      const { defaultText = "" } = row;
      const fallback = defaultText === "" || defaultText === "required"
        ? defaultText
        : code(defaultText);
      const notes = [
        row.help,
        row.choices && !tellsEvery(row.choices, row.help) &&
        `one of ${row.choices.map(code).join(", ")}`,
        row.repeatable && "repeatable; the variable then has one value per line",
        row.secret && "never shown",
      ].filter((note) => note).join("; ");
      const key = notInConfig.has(name) ? "" : code(name);
      return `| ${code(flag)} | ${row.env ? code(row.env) : ""} | ${key} | ${fallback} | ${
        escapePipes(notes)
      } |`;
    });
    return [
      `## ${group}`,
      "",
      "| flag | variable | in the file | default | meaning |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  }).join("\n\n");
}

/** Whether a help text lists the choices, or says of each what it is for. */
function tellsEvery(choices: readonly string[], help: string): boolean {
  return choices.every((choice) => new RegExp(`(?:^|: |, | or )${choice}\\b`).test(help));
}

/** The commands with what they are for. */
export function commandList(): string {
  return [
    "| command | what it does |",
    "| --- | --- |",
    ...commands.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary} |`),
  ].join("\n");
}

/** JSON Schema (draft 2020-12) of the configuration file. */
export function configSchema(): Record<string, unknown> {
  const inFile = optionNames.filter((name) => !notInConfig.has(name));
  const properties = Object.fromEntries(inFile.map((name) => [name, settingSchema(name)]));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration file of authful-mcp-proxy",
    description: "Settings for every start, and settings by the name of a server.",
    type: "object",
    properties: {
      $schema: { type: "string" },
      defaults: {
        $ref: "#/$defs/settings",
        description: "Settings for every start; flags, variables and named servers win.",
      },
      servers: {
        type: "object",
        description: "Settings by the name that stands for the backend on the command line.",
        propertyNames: { pattern: "^[A-Za-z][A-Za-z0-9_-]*$" },
        additionalProperties: { $ref: "#/$defs/settings" },
      },
    },
    additionalProperties: false,
    $defs: { settings: { type: "object", properties, additionalProperties: false } },
  };
}

/** JSON Schema (draft 2020-12) of the administrator's configuration file. */
export function systemConfigSchema(): Record<string, unknown> {
  const { properties, $defs, ...rest } = configSchema();
  const inFile = optionNames.filter((name) => !notInConfig.has(name));
  const patterns = {
    type: "array",
    items: {
      type: "string",
      pattern:
        String.raw`^https?://(\*|\[[0-9A-Fa-f:.]+\]|(\*\.)?[A-Za-z0-9-]+(\.(\*|[A-Za-z0-9-]+))*)` +
        String.raw`(:([0-9]{1,5}|\*))?(/[^?#]*)?$`,
    },
  };
  return {
    ...rest,
    title: "System configuration file of authful-mcp-proxy",
    description: "What an administrator says for every user of a machine.",
    properties: {
      ...properties as Record<string, unknown>,
      locked: {
        type: "object",
        description: "Settings that nothing beats; null keeps one at its default.",
        properties: Object.fromEntries(
          inFile.map((name) => [name, { anyOf: [settingSchema(name), { type: "null" }] }]),
        ),
        additionalProperties: false,
      },
      allowedBackends: {
        ...patterns,
        description: "The only backends, as patterns: https://*.company.com, https://a.test/mcp/*.",
      },
      allowedIssuers: {
        ...patterns,
        description: "The only providers, as patterns; one of them must then be named.",
      },
    },
    $defs,
  };
}

function settingSchema(name: OptionName): Record<string, unknown> {
  const row: SettingOption<unknown> = options[name];
  const as = [row.flag.startsWith("--") && row.flag, row.env].filter((way) => way).join(", ");
  const description = `${row.help} (${as}${
    row.defaultText ? `; default: ${row.defaultText}` : ""
  })`;
  if (row.value === undefined && row.flag.startsWith("--")) return { description, type: "boolean" };
  if (row.choices) return { description, enum: row.choices };
  if (typeof row.default === "number") return { description, type: ["number", "string"] };
  if (row.repeatable || Array.isArray(row.default)) {
    return { description, type: ["string", "array"], items: { type: "string" } };
  }
  return { description, type: "string" };
}

function helpBlock(name: string): string {
  const help = parseCommandLine([name, "--help"], { version: "", helpWidth: 90 });
  if (help.kind !== "print") throw new Error(`Cannot get the help of ${name}`);
  return `\`\`\`text\n${help.text.trim()}\n\`\`\``;
}

function between(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}: written by \`deno task docs\` -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot place ${name}: no "${begin}" marker`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}

function code(text: string): string {
  return `\`${escapePipes(text)}\``;
}

function escapePipes(text: string): string {
  return text.replaceAll("|", "\\|").replace(/(?<!\\)\*(?= )/g, "\\*");
}

if (import.meta.main) {
  const root = join(import.meta.dirname!, "..");
  for (const [path, write] of Object.entries(generated)) {
    const file = join(root, path);
    const before = await Deno.readTextFile(file).catch(() => "");
    await Deno.writeTextFile(file, write(before));
  }
}
