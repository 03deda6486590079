/**
 * The parts of the program that a simulation runs: everything between the client's pipes, `fetch` and
 * Deno KV. `load_program.ts` bundles it, so that each simulated process is an instance of its own.
 *
 * @module
 */

export { createBackendAuthorizer } from "../../src/app/backend_authorizer.ts";
export { createLog } from "../../src/base/log.ts";
export { ProxyError } from "../../src/base/errors.ts";
export { createCredentialSource } from "../../src/credentials/credential_source.ts";
export { identityDigest } from "../../src/credentials/identity.ts";
export { keys } from "../../src/credentials/store/keys.ts";
export { createConnections, createHttpFetch } from "../../src/net/http_client.ts";
export { createOidcClient } from "../../src/oidc/oidc_client.ts";
export { runBridge } from "../../src/bridge/bridge.ts";
