const proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/** What opens URLs, and what says that the person sits at another machine. */
const everywhere = ["BROWSER", "SSH_CONNECTION"];

/** Where Deno finds the certificates of a company's proxy. */
const certificates = ["SSL_CERT_FILE", "SSL_CERT_DIR", "DENO_TLS_CA_STORE"];

/** A display to open a browser on, and what `xdg-open` and a keychain need to be found. */
const desktop = [
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "XDG_RUNTIME_DIR",
  "XDG_CURRENT_DESKTOP",
  "XDG_DATA_DIRS",
  "DBUS_SESSION_BUS_ADDRESS",
  "WSL_INTEROP",
];

/**
 * The environment variables that this program needs as whoever started the client has them, besides
 * those that every client hands on (`HOME`, `PATH`, the language, …): for opening a browser, for
 * proxies and their certificates, for finding its configuration file.
 *
 * @param os the operating system, as `Deno.build.os` names it
 */
export function inheritedVariables(os: string): readonly string[] {
  // There, and there only, `https_proxy` is the same variable.
  if (os === "windows") return [...everywhere, ...proxies, ...certificates];
  return [
    ...os === "darwin" ? [] : desktop,
    "XDG_CONFIG_HOME",
    ...everywhere,
    ...proxies.flatMap((name) => [name, name.toLowerCase()]),
    ...certificates,
  ];
}
