/** Whether a host name of a URL is this machine's loopback interface. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Whether a host name of a URL leads to this machine in any way that it can be written: as loopback,
 * as the unspecified address, which systems take for loopback, or as a name below `localhost` (RFC
 * 6761 section 6.3). A name that a DNS server has for such an address is not known before it is asked.
 */
export function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return isLoopback(name) || name.endsWith(".localhost") || name === "0.0.0.0" || name === "[::]" ||
    /^\[::ffff:(7f[\da-f]{2}:[\da-f]{1,4}|0:0)\]$/.test(name);
}
