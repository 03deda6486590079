import { rememberSecret } from "../base/redactor.ts";
import { describe, ProxyError } from "../base/errors.ts";
import { type HeaderField, parseHeaders, SettingValueError } from "../settings/values.ts";

/** What {@linkcode backendHeaders} reads from. */
export interface BackendHeadersOptions {
  /** The fields of `--header`. */
  headers: readonly HeaderField[];
  /** The file of `--header-file`; its lines that begin with `#` are comments. */
  headerFile: string | undefined;
  /** Looks an environment variable up. */
  getEnv(name: string): string | undefined;
  /** Reads a text file. */
  readTextFile(path: string): Promise<string>;
}

/**
 * The header fields that the person wants on every request to the backend, with `${NAME}` replaced
 * by the variable of that name. A field of `--header` beats one of the file.
 *
 * @throws {ProxyError} a configuration error when the file or a variable is not there
 */
export async function backendHeaders(
  options: BackendHeadersOptions,
): Promise<Readonly<Record<string, string>>> {
  const { headers, headerFile, getEnv } = options;
  const fields = headerFile === undefined ? headers : [
    ...await readHeaderFile(headerFile, options),
    ...headers,
  ];
  return Object.fromEntries(fields.map(({ name, value }) => {
    const expanded = expand(value);
    if (secretNames.test(name)) rememberField(expanded);
    return [name, expanded];
  }));

  function expand(value: string): string {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const text = getEnv(name);
      if (text === undefined) {
        throw invalid(`--header refers to the variable ${name}, which is not set`, `set ${name}`);
      }
      if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) {
        throw invalid(
          `the variable ${name} has a value that no header field can have`,
          `correct ${name}`,
        );
      }
      rememberSecret(text);
      return text;
    });
  }
}

/** Header fields whose values are secret, by their names. */
const secretNames = /auth|token|secret|passw|key|cookie|credential|signature/i;

/** Others quote the value, or what stands behind the name of a scheme in it. */
function rememberField(value: string): void {
  rememberSecret(value);
  rememberSecret(/^\S+\s+(\S.*)$/.exec(value)?.[1]);
}

async function readHeaderFile(
  path: string,
  { readTextFile }: BackendHeadersOptions,
): Promise<readonly HeaderField[]> {
  try {
    const text = await readTextFile(path);
    const fields = parseHeaders(text.replace(/^\s*#.*$/gm, ""));
    for (const { value } of fields) rememberField(value);
    return fields;
  } catch (error) {
    if (error instanceof SettingValueError) {
      throw invalid(`a line of ${path} ${error.message}`, "correct the file of --header-file");
    }
    throw invalid(
      `cannot read the file of --header-file: ${describe(error)}`,
      "name an existing file",
      error,
    );
  }
}

function invalid(what: string, fix: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what,
    fix,
    reason: "invalid_setting",
    cause,
  });
}
