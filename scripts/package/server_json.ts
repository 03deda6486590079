import { optionNames, options } from "../../src/settings/options.ts";
import type { SettingOption } from "../../src/settings/setting_option.ts";
import { project } from "./project.ts";

/** The entry for the MCP registry: how a client starts the program from npm or as a container. */
export function serverJson(): string {
  const variables = environmentVariables();
  const backend = {
    type: "positional",
    valueHint: "backend_url",
    description: options.backendUrl.help,
    format: "string",
    isRequired: true,
    placeholder: "https://mcp-backend.company.com/mcp",
  };
  const entry = {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: project.registryName,
    title: project.title,
    description: project.description,
    repository: { url: project.repository, source: "github" },
    websiteUrl: project.repository,
    version: project.version,
    packages: [
      {
        registryType: "npm",
        identifier: project.name,
        version: project.version,
        runtimeHint: "npx",
        transport: { type: "stdio" },
        packageArguments: [backend],
        environmentVariables: variables,
      },
      {
        registryType: "oci",
        identifier: `${project.image}:${project.version}`,
        runtimeHint: "docker",
        transport: { type: "stdio" },
        packageArguments: [backend],
        environmentVariables: variables,
      },
    ],
  };
  return `${JSON.stringify(entry, null, 2)}\n`;
}

function environmentVariables(): unknown[] {
  return optionNames.flatMap((name) => {
    const row: SettingOption<unknown> = options[name];
    if (!row.env || name === "backendUrl") return [];
    return [{
      name: row.env,
      description: row.help,
      isRequired: row.defaultText === "required",
      ...(row.secret && { isSecret: true }),
      ...(row.defaultText && row.defaultText !== "required" && { default: row.defaultText }),
    }];
  });
}
