/** A check that the security of somebody's credentials rests on, and the proof that it is tested. */
export interface SecurityCheck {
  /** What the program promises, for docs/security.md. */
  check: string;
  /** The file that holds it, from the root. */
  file: string;
  /** The text of the check; it stands there once. */
  find: string;
  /** What stands there when the check is broken. */
  replace: string;
  /** The test file that notices it, and the name of the test. */
  test: readonly [file: string, name: string];
}

/** Each was seen to fail its test when it was broken so. */
/** Each was seen to fail its test when it was broken so. */
export const securityChecks: readonly SecurityCheck[] = [
  {
    check: "an answer with another state than ours is not used",
    file: "src/oidc/flows/authorization_code_flow.ts",
    find: "if (!pending || !isSameText(state, pending.state)) {",
    replace: "if (!pending) {",
    test: [
      "tests/oidc/flows/authorization_code_flow_test.ts",
      "a missing or foreign state gets 400 and the sign-in goes on",
    ],
  },
  {
    check: "an answer is used once",
    file: "src/oidc/flows/authorization_code_flow.ts",
    find: "if (answered.has(state)) return alreadyUsedPage();",
    replace: "",
    test: ["tests/oidc/flows/authorization_code_flow_test.ts", "the right answer is accepted once"],
  },
  {
    check: "an answer from a browser that the sign-in was not opened in is not used",
    file: "src/oidc/flows/authorization_code_flow.ts",
    find: "    if (!isBound(request, pending)) {\n      connection.warnOnce(",
    replace: "    if (false) {\n      connection.warnOnce(",
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "an answer from another browser is not used, and the sign-in goes on",
    ],
  },
  {
    check: "the start page is not sent on for another user of this machine",
    file: "src/oidc/flows/authorization_code_flow.ts",
    find: "if (isForeign(user)) {",
    replace: "if (false) {",
    test: [
      "tests/oidc/flows/peer_user_test.ts",
      "another user who comes first is turned away, and the sign-in goes on",
    ],
  },
  {
    check: "the cookie of a sign-in is for no script",
    file: "src/oidc/flows/browser_binding.ts",
    find: "HttpOnly; ",
    replace: "",
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "what is opened is an address of ours that tells nothing of the request",
    ],
  },
  {
    check: "a signed answer is required where one was asked for",
    file: "src/oidc/flows/exchange_code.ts",
    find: "      requireJwtResponse(parameters);",
    replace: "      ",
    test: [
      "tests/oidc/flows/authorization_code_flow_test.ts",
      "a response that was asked for as a signed JWT is not accepted without its signature",
    ],
  },
  {
    check: "an ID token must carry the nonce of the request",
    file: "src/oidc/flows/exchange_code.ts",
    find: "idToken !== undefined && pending.nonce ? { expectedNonce: pending.nonce } : {}",
    replace: "{}",
    test: [
      "tests/oidc/flows/authorization_code_flow_test.ts",
      "a sign-in ends in a validated credential, stored before the page says so",
    ],
  },
  {
    check: "a token that is not bound to our key is refused where it was to be",
    file: "src/oidc/tokens/request_tokens.ts",
    find: 'if (handle && tokens.token_type !== "dpop") throw unbound(server.issuer);',
    replace: "",
    test: [
      "tests/oidc/tokens/request_tokens_test.ts",
      "tokens that are not bound to the key they were asked for with are refused",
    ],
  },
  {
    check: "an ID token that has ended is refused",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "claims.exp <= now - tolerance",
    replace: "false",
    test: [
      "tests/oidc/tokens/token_answers_test.ts",
      "an ID token that has ended by the provider's clock is refused, whatever ours says",
    ],
  },
  {
    check: "an ID token's signature is checked",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "    await checkSignature(response, connection, signal);",
    replace: "    ",
    test: [
      "tests/oidc/tokens/refresh_credential_test.ts",
      "a rotated refresh token replaces the old one",
    ],
  },
  {
    check: "metadata of a resource is about the backend",
    file: "src/oidc/discovery/advertised_provider.ts",
    find: "url?.origin === backendUrl.origin &&",
    replace: "url !== null &&",
    test: [
      "tests/oidc/discovery/advertised_provider_test.ts",
      'metadata about "https://other.example/tools/mcp" is about another resource (RFC 9728 section 3.3)',
    ],
  },
  {
    check: "an endpoint is https",
    file: "src/oidc/discovery/check_metadata.ts",
    find: 'if (url.protocol !== "https:") return "is not https";',
    replace: "",
    test: [
      "tests/oidc/discovery/resource_metadata_test.ts",
      "an authorization server that must not be used is told with its value and why",
    ],
  },
  {
    check: "an endpoint has no user name",
    file: "src/oidc/discovery/check_metadata.ts",
    find: 'if (url.username || url.password) return "has a user name in it";',
    replace: "",
    test: [
      "tests/oidc/discovery/resource_metadata_test.ts",
      "an authorization server that must not be used is told with its value and why",
    ],
  },
  {
    check: "a provider elsewhere names no address of this machine",
    file: "src/oidc/discovery/check_metadata.ts",
    find: 'isThisMachine(url.hostname) && !isThisMachine(URL.parse(teller)?.hostname ?? "")',
    replace: "false",
    test: [
      "tests/oidc/discovery/resource_metadata_test.ts",
      "an authorization server that must not be used is told with its value and why",
    ],
  },
  {
    check: "a provider is not asked over plain http",
    file: "src/oidc/provider_fetch.ts",
    find: '(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))',
    replace: "true",
    test: ["tests/oidc/provider_fetch_test.ts", "http://auth.example/token is not asked"],
  },
  {
    check: "endpoints for mutual TLS are checked like the others",
    file: "src/oidc/discovery/check_metadata.ts",
    find: "hasAliases ? aliases : {}",
    replace: "{}",
    test: [
      "tests/oidc/discovery/refused_endpoints_test.ts",
      "with a client certificate, its own refused endpoint is told, not the other one asked",
    ],
  },
  {
    check: "a backend's redirect to elsewhere is not followed",
    file: "src/bridge/http/redirect_target.ts",
    find: "target.origin === from.origin && ",
    replace: "",
    test: [
      "tests/bridge/http/redirect_target_test.ts",
      "a redirect from https to http leads to the same address with https",
    ],
  },
  {
    check: "a provider's redirect to elsewhere is not followed",
    file: "src/oidc/provider_fetch.ts",
    find: "next.origin !== first.origin || ",
    replace: "",
    test: [
      "tests/oidc/hostile_provider_test.ts",
      "hostile provider: a redirect of the metadata request",
    ],
  },
  {
    check: "a token does not travel over plain http",
    file: "src/app/require_https.ts",
    find: "if (allowHttp) return true;",
    replace: "return true;",
    test: [
      "tests/app/require_https_test.ts",
      "plain http needs --allow-http away from this machine",
    ],
  },
  {
    check: "a backend's endpoint of HTTP+SSE is on its own origin",
    file: "src/bridge/sse/event_channel.ts",
    find: "url?.origin === backendUrl.origin && ",
    replace: "url && ",
    test: ["tests/bridge/sse/sse_transport_test.ts", "an endpoint on another origin is not used"],
  },
  {
    check: "a cache directory that is a link is refused",
    file: "src/credentials/store/cache_directory.ts",
    find: "if (info.isSymlink) throw",
    replace: "if (false) throw",
    test: [
      "tests/credentials/store/store_faults_test.ts",
      "a cache directory that is a symbolic link is refused",
    ],
  },
];
