import { describe } from "../base/errors.ts";
import { readTextFile } from "../base/read_file.ts";
import {
  type ConfigFile,
  configObject,
  configTexts,
  invalidConfig,
  readConfigDocument,
  refuseOthers,
} from "./config_document.ts";
import type { Policy } from "./policy.ts";
import { pathChain, unprotected } from "./protected_path.ts";
import { parseUrlPattern, type UrlPattern } from "./url_pattern.ts";

/** What an administrator says for every user of the machine. */
export interface SystemConfig extends ConfigFile {
  /** What nobody may set otherwise. */
  policy: Policy;
}

/** No policy is larger, in bytes. */
const maxBytes = 4 << 20;

/**
 * Reads the administrator's configuration file, once it is sure that nobody else can write it.
 *
 * @param path absolute
 * @throws {ProxyError} `unprotected_config_file` when somebody else than root could change it,
 *   `invalid_config_file` when it cannot be read or is not understood
 */
export async function readSystemDocument(
  path: string,
  { os }: { os: string },
): Promise<SystemConfig> {
  let text: string;
  try {
    // On Windows files have no owner that Deno could read; there, the directory is chosen so that
    // only an administrator can write in it.
    if (os !== "windows") await requireProtected(path);
    text = await readTextFile(path, { pipes: false, maxBytes });
  } catch (error) {
    if (error instanceof UnprotectedPath) {
      throw invalidConfig(path, `is not used: ${error.message}`, {
        fix: `run ${error.command}`,
        reason: "unprotected_config_file",
      });
    }
    throw invalidConfig(path, `cannot be read: ${describe(error)}`, {
      fix: "let every user read it and every directory above it",
    });
  }
  const document = await readConfigDocument(text, path);
  refuseOthers(document, { known: ["locked", "allowedBackends", "allowedIssuers"] });
  const { locked = {}, allowedBackends, allowedIssuers } = document.others;
  return {
    ...document.file,
    policy: {
      locked: await lockedTexts(locked, path),
      allowedBackends: patterns(allowedBackends, path, "allowedBackends"),
      allowedIssuers: patterns(allowedIssuers, path, "allowedIssuers"),
    },
  };
}

class UnprotectedPath extends Error {
  /** What mends it. */
  readonly command: string;

  constructor(message: string, command: string) {
    super(message);
    this.command = command;
  }
}

/** From the top down: what is below a directory of root's that only root can write stays as it was. */
async function requireProtected(path: string): Promise<void> {
  for (const each of pathChain(path)) {
    const info = await Deno.lstat(each);
    const why = unprotected(info);
    if (why === undefined) continue;
    const quoted = `'${each.replaceAll("'", "'\\''")}'`;
    throw new UnprotectedPath(
      `${each} ${why}, so that others than root could change it`,
      info.isSymlink
        ? `install -D -o root -m 644 FILE '${path}' in place of the link`
        : `chown root ${quoted} && chmod go-w ${quoted} as root`,
    );
  }
}

async function lockedTexts(value: unknown, path: string): Promise<Policy["locked"]> {
  const all = Object.entries(configObject(value, path, '"locked"'));
  const defaults = all.filter(([, value]) => value === null).map(([name]) => [name, ""]);
  const others = all.filter(([, value]) => value !== null);
  const kept = await configTexts(Object.fromEntries(defaults), path, "locked");
  return {
    ...await configTexts(Object.fromEntries(others), path, "locked"),
    ...Object.fromEntries(Object.keys(kept).map((name) => [name, null])),
  };
}

function patterns(
  value: unknown,
  path: string,
  name: string,
): readonly UrlPattern[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw invalidConfig(path, `is not understood: "${name}" must be a list`);
  }
  return value.map((text) => {
    const pattern = typeof text === "string" ? parseUrlPattern(text) : undefined;
    if (pattern) return pattern;
    throw invalidConfig(path, `has ${JSON.stringify(text)} in "${name}", which is no pattern`, {
      fix: 'use the form "https://mcp.company.com" or "https://*.company.com/mcp/*"',
    });
  });
}
