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
    find: "next?.origin !== first.origin || ",
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
      "a token travels in the clear only where that is allowed",
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
    find: "if (info.isSymlink) {",
    replace: "if (false) {",
    test: [
      "tests/credentials/store/store_faults_test.ts",
      "a cache directory that is a symbolic link is refused",
    ],
  },
  {
    check: "an ID token for another client is refused",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "claims.azp !== undefined && claims.azp !== connection.client.client_id",
    replace: "false",
    test: [
      "tests/oidc/hostile_provider_test.ts",
      "hostile provider: an ID token with another azp with one audience",
    ],
  },
  {
    check: "an ID token belongs to its access token",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "at_hash !== undefined && at_hash !== await accessTokenHash(tokens)",
    replace: "false",
    test: [
      "tests/oidc/hostile_provider_test.ts",
      "hostile provider: an ID token with the at_hash of another token",
    ],
  },
  {
    check: "an ID token from the future is refused",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "claims.iat > now + maxAhead",
    replace: "false",
    test: [
      "tests/oidc/hostile_provider_test.ts",
      "hostile provider: an ID token with an iat in the future",
    ],
  },
  {
    check: "an ID token that is about nobody is refused",
    file: "src/oidc/tokens/check_id_token.ts",
    find: 'claims.sub === ""',
    replace: "false",
    test: [
      "tests/oidc/hostile_provider_test.ts",
      "hostile provider: an ID token with an empty sub",
    ],
  },
  {
    check: "a wrong signature is refused whether or not there are new keys",
    file: "src/oidc/tokens/check_id_token.ts",
    find: "throw isPassing(again) && !unknownKey ? error : again;",
    replace: "return;",
    test: [
      "tests/oidc/tokens/refresh_credential_test.ts",
      "a wrong signature is refused at a refresh, too, whether or not there are new keys",
    ],
  },
  {
    check: "only a new sign-in may do without the provider's keys",
    file: "src/oidc/tokens/request_tokens.ts",
    find: "allowUnavailableJwks = false",
    replace: "allowUnavailableJwks = true",
    test: [
      "tests/oidc/tokens/refresh_credential_test.ts",
      "a refresh token that was spent is not lost when the keys cannot be fetched",
    ],
  },
  {
    check: "no header field that a person sets stands in place of the authorization",
    file: "src/bridge/http/backend_http.ts",
    find: ": { ...always, cookie, ...request.headers, ...fields };",
    replace: ": { ...fields, ...request.headers, cookie, ...always };",
    test: [
      "tests/bridge/http/backend_http_test.ts",
      "nothing that a person sets beats the transport, nor that the authorization, with and without cookies",
    ],
  },
  {
    check: "a cache directory that others can write to is refused",
    file: "src/credentials/store/cache_directory.ts",
    find: "if (info.mode & 0o022) {",
    replace: "if (false) {",
    test: [
      "tests/credentials/store/store_faults_test.ts",
      "a cache directory that others can write to is refused with the command that helps",
    ],
  },
  {
    check: "a cache directory of another user is refused",
    file: "src/credentials/store/cache_directory.ts",
    find: "info.uid !== Deno.uid()",
    replace: "false",
    test: [
      "tests/credentials/store/store_faults_test.ts",
      "a cache directory that belongs to someone else is refused",
    ],
  },
  {
    check: "a new cache directory is the person's alone",
    file: "src/credentials/store/cache_directory.ts",
    find: 'if (Deno.build.os !== "windows") await Deno.chmod(path, 0o700);',
    replace: "",
    test: [
      "tests/credentials/credential_source_test.ts",
      "the store is 0700 and 0600 whatever the umask",
    ],
  },
  {
    check: "a stored record is bound to its place",
    file: "src/credentials/encryption/sealed_record.ts",
    find: "encode(place)",
    replace: 'encode("")',
    test: [
      "tests/credentials/encryption/encryption_test.ts",
      "a record that was moved to another identity does not open",
    ],
  },
  {
    check: "another account does not take the place of the one before",
    file: "src/credentials/refuse_other_subject.ts",
    find: "before === undefined || after === undefined || before === after",
    replace: "true",
    test: [
      "tests/credentials/credential_source_test.ts",
      "a change of the account on refresh is refused and forgotten",
    ],
  },
  {
    check: "a refresh token that may be spent is not sent again",
    file: "src/credentials/acquire_credential.ts",
    find: "if (stored.maybeSpent) {",
    replace: "if (false) {",
    test: [
      "tests/credentials/spent_refresh_token_test.ts",
      "a refresh token that a dead process may have spent is not used again",
    ],
  },
  {
    check: "a refresh is under its lease, at each attempt",
    file: "src/credentials/acquire_credential.ts",
    find: "  for (let wait = 400;; wait *= 4) {\n    await requireHeld(lease);",
    replace: "  for (let wait = 400;; wait *= 4) {",
    test: [
      "tests/credentials/spent_refresh_token_test.ts",
      "who has lost the lease between two attempts uses what came of it meanwhile",
    ],
  },
  {
    check: "what comes from outside is escaped in pages",
    file: "src/oidc/pages/markup.ts",
    find: "/[&<>\"'`]/g",
    replace: "/[&]/g",
    test: ["tests/oidc/pages/pages_test.ts", "what comes from outside stays text in every page"],
  },
  {
    check: "direction marks are taken out of errors and logs",
    file: "src/base/errors.ts",
    find: 'text.replace(/[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]+/g, "")',
    replace: "text",
    test: [
      "tests/e2e/terminal_breaking_texts_test.ts",
      "no command repeats what breaks a terminal ... login",
    ],
  },
  {
    check: "control characters are taken out of errors and logs",
    file: "src/base/errors.ts",
    find: '.replace(/[\\p{Cc}\\u2028\\u2029]+/gu, " ")',
    replace: "",
    test: [
      "tests/base/errors_test.ts",
      "an error is one line: category, what happened, what to do",
    ],
  },
  {
    check: "a page of ours runs no script and loads nothing",
    file: "src/oidc/pages/page.ts",
    find: '"content-security-policy":',
    replace: '"x-none":',
    test: [
      "tests/oidc/pages/pages_test.ts",
      "pages are sent with headers that let them load, run and keep nothing",
    ],
  },
  {
    check: "a page of ours is not kept",
    file: "src/oidc/pages/page.ts",
    find: '"cache-control": "no-store",',
    replace: "",
    test: [
      "tests/oidc/pages/pages_test.ts",
      "pages are sent with headers that let them load, run and keep nothing",
    ],
  },
  {
    check: "a page of ours tells nobody where one came from",
    file: "src/oidc/pages/page.ts",
    find: '"referrer-policy": "no-referrer",',
    replace: "",
    test: [
      "tests/oidc/pages/pages_test.ts",
      "pages are sent with headers that let them load, run and keep nothing",
    ],
  },
  {
    check: "a page is no answer to another host's name",
    file: "src/oidc/flows/redirect_listener.ts",
    find: "const isHere = host === url.host && pathname",
    replace: "const isHere = pathname",
    test: [
      "tests/oidc/flows/authorization_code_flow_test.ts",
      "only GET on the exact path and host is answered",
    ],
  },
  {
    check: "what a browser fetches ahead uses nothing up",
    file: "src/oidc/flows/redirect_listener.ts",
    find: 'if (purpose?.includes("prefetch")) return new Response(null, { status: 503 });',
    replace: "",
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "the browser that opened it may come again, and what no person sees does not count",
    ],
  },
  {
    check: "the redirect port has a limit of connections",
    file: "src/oidc/flows/serve_connections.ts",
    find: "maxConnections = 64",
    replace: "maxConnections = 64_000",
    test: [
      "tests/e2e/redirect_connections_test.ts",
      "1,200 connections to the redirect port keep nobody from signing in, with 256 descriptors",
    ],
  },
  {
    check: "the cookie of a sign-in is not sent along by other sites' requests",
    file: "src/oidc/flows/browser_binding.ts",
    find: "; SameSite=Lax",
    replace: "",
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "what is opened is an address of ours that tells nothing of the request",
    ],
  },
  {
    check: "the start page of a sign-in that a second browser opens ends it",
    file: "src/oidc/flows/browser_binding.ts",
    find: 'return isBound(request, pending) ? "same" : "another";',
    replace: 'return "same";',
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "a second browser at the start of the sign-in ends it, and both sides are told",
    ],
  },
  {
    check: "only http and https URLs are opened",
    file: "src/platform/browser.ts",
    find: 'url.protocol !== "https:" && url.protocol !== "http:"',
    replace: "false",
    test: ["tests/platform/browser_test.ts", "openBrowser opens nothing but http and https"],
  },
  {
    check: "the opener gets no variable with a secret",
    file: "src/platform/browser.ts",
    find: "/_proxy$/i.test(name) || redact(value) === value",
    replace: "true",
    test: [
      "tests/platform/browser_test.ts",
      "openBrowser keeps the variables with secrets from the browser, and those alone",
    ],
  },
  {
    check: "a user name in a redirect never becomes a header field",
    file: "src/bridge/http/redirect_target.ts",
    find: 'const isPlain = target.username === "" && target.password === "";',
    replace: "const isPlain = true;",
    test: [
      "tests/bridge/http/redirect_target_test.ts",
      "a user name in a redirect never becomes a header field",
    ],
  },
  {
    check: "a token is sent again at most six times",
    file: "src/bridge/http/backend_http.ts",
    find: "if (++refusals > maxRefusals) throw refusedForGood(status);",
    replace: "++refusals;",
    test: [
      "tests/bridge/http/backend_http_test.ts",
      "an authorizer that never gives up does not make a loop",
    ],
  },
  {
    check: "a provider is asked for more at most three times in ten minutes",
    file: "src/app/step_up.ts",
    find: "const maxSignIns = 3;",
    replace: "const maxSignIns = 300;",
    test: [
      "tests/app/step_up_test.ts",
      "a new scope each time costs one sign-in a request, and three in ten minutes",
    ],
  },
  {
    check: "a provider that does not know S256 is refused",
    file: "src/oidc/discovery/check_metadata.ts",
    find: 'if (methods?.includes("S256")) return;',
    replace: "return;",
    test: [
      "tests/oidc/discovery/learn_metadata_test.ts",
      "a provider that says nothing of PKCE is warned about once, and refused with strict",
    ],
  },
  {
    check: "a secret goes to nobody that only the backend names",
    file: "src/oidc/registration/refuse_for_advertised.ts",
    find: "if (issuerUrl || given === undefined) return;",
    replace: "return;",
    test: [
      "tests/oidc/registration/refuse_for_advertised_test.ts",
      "a secret goes to nobody that only the backend names, and which one that is is said",
    ],
  },
  {
    check: "a secret is found in JSON",
    file: "src/base/redactor.ts",
    find: "    json,\n",
    replace: "",
    test: ["tests/base/redactor_test.ts", "a secret is taken out in JSON"],
  },
  {
    check: "a secret is found URL-encoded",
    file: "src/base/redactor.ts",
    find: "    encodeURIComponent(text),\n",
    replace: "",
    test: ["tests/base/redactor_test.ts", "a secret is taken out URL-encoded"],
  },
  {
    check: "a secret that is cut off is found",
    file: "src/base/redactor.ts",
    find: "const beginning = form.slice(0, recognized);",
    replace: "const beginning = form;",
    test: ["tests/base/redactor_test.ts", "a secret is taken out cut off"],
  },
  {
    check: "the administrator's file counts only when root owns it",
    file: "src/settings/protected_path.ts",
    find: "if (uid !== 0) return",
    replace: "if (false) return",
    test: [
      "tests/settings/protected_path_test.ts",
      "a path is protected when root owns it and nobody else may write",
    ],
  },
  {
    check: "the administrator's file counts only when nobody else can write it",
    file: "src/settings/protected_path.ts",
    find: 'mode! & 0o002 && "everybody"',
    replace: '0 && "everybody"',
    test: [
      "tests/settings/protected_path_test.ts",
      "a path is protected when root owns it and nobody else may write",
    ],
  },
  {
    check: "a header field that the program sets itself cannot be set",
    file: "src/settings/values.ts",
    find: "/^(authorization|dpop|",
    replace: "/^(dpop|",
    test: [
      "tests/app/backend_headers_test.ts",
      "a field Authorization is refused, without its value",
    ],
  },
  {
    check: "the key of the store is a file of its owner's alone",
    file: "src/credentials/store/private_file.ts",
    find: "await Deno.chmod(path, 0o600)",
    replace: "await Deno.chmod(path, 0o644)",
    test: [
      "tests/credentials/credential_source_test.ts",
      "the store is 0700 and 0600 whatever the umask",
    ],
  },
  {
    check: "metadata is that of its issuer",
    file: "src/oidc/discovery/discover_provider.ts",
    find: "return await processDiscoveryResponse(template ?? issuerUrl, response);",
    replace: "return await response.json();",
    test: [
      "tests/oidc/discovery/discover_provider_test.ts",
      "something else than metadata is named",
    ],
  },
  {
    check: "direction marks and controls are taken out of pages",
    file: "src/oidc/pages/markup.ts",
    find: "/[\\p{Cc}\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/gu",
    replace: "/[\\p{Cc}]/gu",
    test: [
      "tests/oidc/pages/pages_test.ts",
      "a hole of a template is text: no element, no attribute, no control or direction mark",
    ],
  },
  {
    check: "an ID-JAG for another server is shown to nobody",
    file: "src/oidc/exchange/cross_domain_credential.ts",
    find: "[said.aud].flat().every((name) => isSame(name, backend.issuer))",
    replace: "true",
    test: ["tests/e2e/company_sign_on_test.ts", "refused: an ID-JAG for another server"],
  },
  {
    check: "an ID-JAG for another client is shown to nobody",
    file: "src/oidc/exchange/cross_domain_credential.ts",
    find: "said.client_id === backend.connection.client.client_id",
    replace: "true",
    test: ["tests/e2e/company_sign_on_test.ts", "refused: an ID-JAG for another client"],
  },
  {
    check: "a cookie of another value is no browser of ours",
    file: "src/oidc/flows/browser_binding.ts",
    find: "pair.startsWith(start) && isSameText(pair.slice(start.length), browserKey)",
    replace: "pair.startsWith(start)",
    test: [
      "tests/oidc/flows/browser_binding_test.ts",
      "a browser is known by the whole value of its cookie, and by nothing else",
    ],
  },
  {
    check: "a user name in an endpoint of HTTP+SSE never becomes a header field",
    file: "src/bridge/sse/event_channel.ts",
    find: "url?.origin === backendUrl.origin && !url.username && !url.password",
    replace: "url?.origin === backendUrl.origin",
    test: [
      "tests/bridge/sse/sse_transport_test.ts",
      "an endpoint with a user name or a password is not used, whose header field would be sent",
    ],
  },
  {
    check: "a redirect is followed at most five times",
    file: "src/bridge/http/backend_http.ts",
    find: 'if (++redirects > maxRedirects) throw redirected(url, { how: "more than five times" });',
    replace: "",
    test: [
      "tests/bridge/http/backend_http_test.ts",
      "a redirect is followed five times, and not for ever",
    ],
  },
  {
    check: "an answer of the provider is bounded",
    file: "src/oidc/provider_fetch.ts",
    find: "maxBodyBytes = 1024 * 1024",
    replace: "maxBodyBytes = 1024 * 1024 * 1024",
    test: [
      "tests/oidc/provider_fetch_test.ts",
      "an answer of 1 MiB is read, one of a byte more is not",
    ],
  },
  {
    check: "a secret is found in base64",
    file: "src/base/redactor.ts",
    find: "    ...base64,\n",
    replace: "",
    test: ["tests/base/redactor_test.ts", "a secret is taken out of either form of base64"],
  },
  {
    check: "texts of errors are without secrets",
    file: "src/base/errors.ts",
    find: "bounded(oneLine(redact(details.what)))",
    replace: "bounded(oneLine(details.what))",
    test: [
      "tests/base/errors_test.ts",
      "neither half of an error repeats a secret, whoever reads it",
    ],
  },
  {
    check: "fixes of errors are without secrets",
    file: "src/base/errors.ts",
    find: "bounded(oneLine(redact(details.fix)))",
    replace: "bounded(oneLine(details.fix))",
    test: [
      "tests/base/errors_test.ts",
      "neither half of an error repeats a secret, whoever reads it",
    ],
  },
  {
    check: "an ID-JAG of another provider is shown to nobody",
    file: "src/oidc/exchange/cross_domain_credential.ts",
    find: 'said.iss === server.issuer || server.issuer.includes("{")',
    replace: "true",
    test: ["tests/e2e/company_sign_on_test.ts", "refused: an ID-JAG of another provider"],
  },
  {
    check: "a process that goes on with a sign-in has no secret in its environment",
    file: "src/platform/start_detached.ts",
    find: "    clearEnv: true,\n",
    replace: "",
    test: [
      "tests/platform/start_detached_test.ts",
      "a process that goes on behind this one gets none of our variables but those it needs",
    ],
  },
];
