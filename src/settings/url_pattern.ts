/**
 * A pattern of URLs: `https://*.company.com`, `https://mcp.company.com:8443/tools/*`.
 *
 * - `*` in the host stands for one or more labels: `*.company.com` is `a.company.com` and
 *   `a.b.company.com`, and not `company.com`. It never goes beyond the host.
 * - Without a port it is that of the scheme; `:*` is any.
 * - Without a path it is any path; in a path `*` stands for any characters. The query is not looked at.
 */
export interface UrlPattern {
  /** The pattern as it was written. */
  readonly text: string;
  /** Whether a URL is one of them. */
  matches(url: URL): boolean;
}

/** Reads a pattern; `undefined` when it is none. */
export function parseUrlPattern(text: string): UrlPattern | undefined {
  const [, scheme, host, port, path] =
    /^(https?):\/\/([a-z0-9.*-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?(\/[^?#]*)?$/i.exec(text) ?? [];
  if (scheme === undefined || /\*[^.]|[^.]\*/.test(host)) return undefined;
  const hosts = expression(host.toLowerCase(), "[^/:]+");
  const paths = path === undefined ? /^/ : expression(path, ".*");
  return {
    text,
    matches: (url) =>
      url.protocol === `${scheme.toLowerCase()}:` && hosts.test(url.hostname) &&
      (port === "*" || portOf(url) === Number(port ?? portOf(new URL(`${scheme}://host`)))) &&
      paths.test(url.pathname),
  };
}

function expression(pattern: string, any: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(any)}$`, "s");
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}
