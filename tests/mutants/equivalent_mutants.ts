/** A mutant that no test can notice, because the program does the same with it. */
export interface EquivalentMutant {
  file: string;
  /** The line that it is on, without the space around it. */
  line: string;
  /** The change, as the task prints it. */
  change: string;
  /** Why nobody can tell the difference. */
  reason: string;
}

/** Reviewed one by one: "no test notices it" is no reason, "nothing can" is one. */
export const equivalentMutants: readonly EquivalentMutant[] = [
  {
    file: "src/net/application_protocol.ts",
    line: "tunnel?.destroy();",
    change: "tunnel?.destroy(); → ;",
    reason: "what goes through a tunnel takes it along when it ends",
  },
  {
    file: "src/cli/setup/write_configuration.ts",
    line: "made.push(path);",
    change: "push → unshift",
    reason: "all of them are removed again, in whatever order",
  },
  {
    file: "src/cli/setup/write_configuration.ts",
    line: "await file.syncData();",
    change: "await file.syncData(); → ;",
    reason: "what has reached the disk is seen by nobody but who takes its power away",
  },
  {
    file: "src/cli/setup/scan_toml.ts",
    line: "while (position < line.length) {",
    change: "position < line.length) { → position <= line.length) {",
    reason: "behind the end of a line is nothing that opens or closes something",
  },
  {
    file: "src/oidc/tokens/refresh_token_fate.ts",
    line: "const status = answer?.status ?? error.httpStatus ?? 0;",
    change: "answer?.status ?? error.httpStatus ?? 0 → (answer?.status ?? error.httpStatus)!",
    reason: "no status is as little one of success, or 429, as 0 is",
  },
  {
    file: "src/oidc/tokens/refresh_token_fate.ts",
    line: "const status = answer?.status ?? error.httpStatus ?? 0;",
    change: "0 → 1",
    reason: "1 is as little a status of success, or 429, as 0 is",
  },
  {
    file: "src/oidc/remember_exchange.ts",
    line:
      'const [, scheme, credentials] = /^(\\S+)\\s+(\\S+)$/.exec(fields.get("authorization") ?? "") ?? [];',
    change: 'fields.get("authorization") ?? "" → (fields.get("authorization"))!',
    reason: "the pattern wants two words, which neither nothing nor the word null is",
  },
  {
    file: "src/oidc/protocol_error.ts",
    line: 'const found = value(details.claims?.[claim ?? ""]);',
    change: 'claim ?? "" → (claim)!',
    reason: "a claim that has no name is missing under either",
  },
  {
    file: "src/oidc/flows/authorization_request.ts",
    line: "checkPkce(server, { strict: options.strict ?? false, warn: connection.warnOnce });",
    change: "options.strict ?? false → (options.strict)!",
    reason: "what is not set asks for it as little as false does",
  },
  {
    file: "src/oidc/flows/authorization_request.ts",
    line: "for (let attempt = 1;; attempt++) {",
    change: "attempt++ → attempt--",
    reason: "only whether it is the first attempt is asked",
  },
  {
    file: "src/oidc/flows/device_authorization.ts",
    line: "expires_in: loginTimeout / 1000,",
    change: "loginTimeout / 1000, → loginTimeout * 1000,",
    reason: "the shorter one of it and the time that a person has counts, which is this",
  },
  {
    file: "src/oidc/flows/device_authorization.ts",
    line: "expires_in: loginTimeout / 1000,",
    change: "1000 → 100",
    reason: "the shorter one of it and the time that a person has counts, which is this",
  },
  {
    file: "src/oidc/provider_fetch.ts",
    line: 'const date = Date.parse(response.headers.get("date") ?? "");',
    change: 'response.headers.get("date") ?? "" → (response.headers.get("date"))!',
    reason: "neither nothing nor the empty text is a date",
  },
  {
    file: "src/oidc/provider_fetch.ts",
    line: "const ahead = date + (age > 0 ? age * 1000 : 0) - now();",
    change: "age > 0 ? age * 1000 : 0) - no → age >= 0 ? age * 1000 : 0) - no",
    reason: "an age of 0 adds 0",
  },
  {
    file: "src/oidc/provider_fetch.ts",
    line: 'const side = ahead > 0 ? "behind" : "ahead of";',
    change: 'ahead > 0 ? "behind" : "ahead of → ahead >= 0 ? "behind" : "ahead of',
    reason: "it is only asked of more than 30 s, of either sign",
  },
  {
    file: "src/oidc/provider_fetch.ts",
    line: 'const side = ahead > 0 ? "behind" : "ahead of";',
    change: "0 → 1",
    reason: "it is only asked of more than 30 s, of either sign",
  },
  {
    file: "src/oidc/flows/peer_user.ts",
    line: 'stdin: "null",',
    change: 'stdin: "null" → ...{}',
    reason: "grep reads the files that it is given, and not its input",
  },
  {
    file: "src/oidc/flows/peer_user.ts",
    line: 'stdout: "piped",',
    change: 'stdout: "piped" → ...{}',
    reason: "what is collected is piped when nothing is said",
  },
  {
    file: "src/oidc/flows/peer_user.ts",
    line: 'stderr: "null",',
    change: 'stderr: "null" → ...{}',
    reason: "what grep complains of is collected instead, and looked at by nobody",
  },
  {
    file: "src/oidc/flows/serve_connections.ts",
    line: "let end = -1;",
    change: "1 → 2",
    reason: "it only matters that it is below 0",
  },
  {
    file: "src/oidc/flows/serve_connections.ts",
    line: "const from = Math.max(0, text.length - 3);",
    change: "Math. max (0, text.length - 3); → Math. min (0, text.length - 3);",
    reason: "the end is looked for in more than it has to be, and found at the same place",
  },
  {
    file: "src/oidc/flows/serve_connections.ts",
    line: "const from = Math.max(0, text.length - 3);",
    change: "3 → 4",
    reason: "the end is looked for in more than it has to be, and found at the same place",
  },
  {
    file: "src/oidc/flows/serve_connections.ts",
    line: "const ended = oldest && serving.get(oldest);",
    change: "oldest && serving.get(oldest) → serving.get(oldest)",
    reason: "nothing is served under no name",
  },
  {
    file: "src/oidc/flows/serve_connections.ts",
    line: "if (oldest) end(oldest);",
    change: "oldest → true",
    reason: "what is not open is not ended",
  },
  {
    file: "src/oidc/oidc_client.ts",
    line: "const neverFresh = -1;",
    change: "1 → 2",
    reason: "nothing is so young that it is younger than either",
  },
  {
    file: "src/oidc/flows/silent_request.ts",
    line: "expiresAt: connection.now() + patience,",
    change: "connection.now() + patience, → connection.now() - patience,",
    reason: "nobody waits for a person here, so the end of that wait is asked by nobody",
  },
  {
    file: "src/oidc/provider_connection.ts",
    line: 'requireUsable(learned.refused ?? {}, "token_endpoint", { mutualTls });',
    change: "learned.refused ?? {} → (learned.refused)!",
    reason: "what is learned always says what was refused; only notes of older versions did not",
  },
  {
    file: "src/oidc/provider_connection.ts",
    line: "requireUsable: (name) => requireUsable(learned.refused ?? {}, name, { mutualTls }),",
    change: "learned.refused ?? {} → (learned.refused)!",
    reason: "what is learned always says what was refused; only notes of older versions did not",
  },
  {
    file: "src/oidc/provider_connection.ts",
    line: "refusedEndpoints: () => Object.values(learned.refused ?? {}),",
    change: "learned.refused ?? {} → (learned.refused)!",
    reason: "what is learned always says what was refused; only notes of older versions did not",
  },
  {
    file: "src/oidc/flows/browser_binding.ts",
    line: "for (let at = 0; at < right.length; at++) {",
    change: "at < right.length; at++) { → at <= right.length; at++) {",
    reason:
      "behind the end of both there is nothing that differs, and one that is longer differs already",
  },
  {
    file: "src/bridge/legacy/post_message.ts",
    line: 'return "dropped";',
    change: '"dropped" → ""',
    reason: "who sends a message asks whether its session is lost, and for no other outcome",
  },
  {
    file: "src/memory/backend_memory.ts",
    line: "const isTooMuch = (cursor?.length ?? 0) > longestCursor ||",
    change: "cursor?.length ?? 0 → (cursor?.length)!",
    reason: "nothing is as little longer than the limit as 0 is",
  },
  {
    file: "src/oidc/refusal/compare_token.ts",
    line:
      'told.push(`the backend\'s clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} ours`);',
    change: "0 → 1",
    reason: "it is only asked of differences of 30,000 and more, of either sign",
  },
  {
    file: "src/oidc/refusal/challenges.ts",
    line: "while (item.lastIndex < text.length) {",
    change: "item.lastIndex < text.length) { → item.lastIndex <= text.length) {",
    reason: "at the end of the text there is no name to match, which ends the loop as well",
  },
  {
    file: "src/oidc/refusal/compare_token.ts",
    line:
      'told.push(`the backend\'s clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} ours`);',
    change: 'difference > 0 ? "ahead of" : "behind → difference >= 0 ? "ahead of" : "behind',
    reason: "it is only asked of differences of 30,000 and more, of either sign",
  },
  {
    file: "src/oidc/refusal/compare_token.ts",
    line: 'if (wants.length > 0) told.push(`the backend advertises ${wants.join(" and ")}`);',
    change: "push → unshift",
    reason: "it is the first that is told",
  },
  {
    file: "src/oidc/refusal/token_checks.ts",
    line: 'const date = Date.parse(headers.get("date") ?? "");',
    change: 'headers.get("date") ?? "" → (headers.get("date"))!',
    reason: "neither nothing nor the empty text is a date",
  },
  {
    file: "src/oidc/refusal/refusal_words.ts",
    line: 'const text = bodyText(headers.get("content-type") ?? "", body);',
    change: 'headers.get("content-type") ?? "" → (headers.get("content-type"))!',
    reason: "neither nothing nor the empty text is a type that is read",
  },
  {
    file: "src/oidc/refusal/requested_step_up.ts",
    line: 'const maxAge = /^\\d{1,9}$/.test(max_age ?? "") ? Number(max_age) : undefined;',
    change: 'max_age ?? "" → (max_age)!',
    reason: "neither nothing nor the empty text is a number",
  },
  {
    file: "src/oidc/pages/respond.ts",
    line: "return new Response(body, { status: waiting.status, headers: pageHeaders });",
    change: "status: waiting.status → ...{}",
    reason: "the waiting page has 200, which a response has as well when it is told nothing",
  },
  {
    file: "src/oidc/dpop/dpop_prover.ts",
    line:
      '/\\bdpop\\b.*\\berror="?use_dpop_nonce\\b/i.test(headers.get("www-authenticate") ?? "");',
    change: 'headers.get("www-authenticate") ?? "" → (headers.get("www-authenticate"))!',
    reason: "the pattern finds nothing in the word null either",
  },
  {
    file: "src/oidc/refusal/diagnose_refusal.ts",
    line:
      "return url !== null && /^https?:$/.test(url.protocol) && url.origin !== backendUrl.origin;",
    change: "/^https?:$/ → /^https?:/",
    reason: "the protocol of a URL has one colon, at its end",
  },
  {
    file: "src/oidc/exchange/exchange_error.ts",
    line: 'URL.parse(issuer)?.hostname ?? "",',
    change: 'URL.parse(issuer)?.hostname ?? "" → (URL.parse(issuer)?.hostname)!',
    reason: "neither nothing nor the empty text is such a host",
  },
  {
    file: "src/oidc/client_authentication/client_authentication.ts",
    line: 'if (readClientKey) means.push("private_key_jwt");',
    change: "push → unshift",
    reason: "it is the first that is found",
  },
  {
    file: "src/bridge/one_way_messages.ts",
    line: "while (underway.size > 0) await Promise.all(underway);",
    change: "Promise. all (underway); → Promise. race (underway);",
    reason: "the loop asks again as long as one of them is on its way",
  },
  {
    file: "src/bridge/from_backend.ts",
    line: "if (!exchange?.answer(response)) {",
    change: "!exchange?.answer(response) → !(!exchange?.answer(response))",
    reason: "it only decides on a line of the debug log",
  },
  {
    file: "src/bridge/from_backend.ts",
    line: "if (!exchange?.answer(response)) {",
    change: "!exchange?.answer(response) → (exchange?.answer(response))",
    reason: "it only decides on a line of the debug log",
  },
  {
    file: "src/bridge/from_client.ts",
    line:
      'if (!exchange.isAnswered) exchange.fail(new Error("the request was left without an answer"));',
    change: "!exchange.isAnswered → true",
    reason: "an exchange that is answered takes no failure",
  },
  {
    file: "src/bridge/from_client.ts",
    line: "function isMereQuestion({ method }: Message, { httpStatus = 0 }: ProxyError): boolean {",
    change: "0 → 1",
    reason: "neither is between 400 and 500",
  },
  {
    file: "src/oidc/exchange/exchange_credential.ts",
    line: 'const exp = typeof claims?.exp === "number" ? claims.exp * 1000 : 0;',
    change: "0 → 1",
    reason: "either lies long in the past",
  },
  {
    file: "src/oidc/exchange/backend_server.ts",
    line: "loginTimeout: 0,",
    change: "0 → 1",
    reason: "nobody is waited for where no person signs in",
  },
  {
    file: "src/oidc/discovery/check_metadata.ts",
    line: '} else if (!/^https?:$/.test(url.protocol)) return "is neither https nor http";',
    change: "/^https?:$/ → /^https?:/",
    reason: "the protocol of a URL has one colon, at its end",
  },
  {
    file: "src/oidc/discovery/discover_provider.ts",
    line: 'if (error.code !== JSON_ATTRIBUTE_COMPARISON || typeof issuer !== "string") {',
    change:
      'error.code !== JSON_ATTRIBUTE_COMPARISON || typeof issuer !== "string" → typeof issuer !== "string"',
    reason: "the library refuses metadata with an issuer that is a URL for nothing else",
  },
  {
    file: "src/bridge/translation/ask.ts",
    line: 'if (!inner.response) throw inner.failure ?? noAnswer("with nothing");',
    change: "!inner.response → true",
    reason: "behind an answer it rejects a promise that is settled already",
  },
  {
    file: "src/bridge/translation/input_rounds.ts",
    line: "let retries = 0;",
    change: "0 → 1",
    reason: "the ids that are made of it need only differ from each other",
  },
  {
    file: "src/bridge/start/sign_in_calls.ts",
    line:
      'return typeof url === "object" && url !== null && (protocolVersion ?? "") >= "2025-11-25";',
    change: 'protocolVersion ?? "" → (protocolVersion)!',
    reason: "undefined is as little at or behind a version as an empty text is",
  },
  {
    file: "src/oidc/revocation/revoke_credential.ts",
    line: "return true;",
    change: "true → false",
    reason: "what is no success is an error for the library",
  },
  {
    file: "src/bridge/translation/legacy_client.ts",
    line: "if (!questions.take(message)) {",
    change: "!questions.take(message) → !(!questions.take(message))",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/bridge/translation/legacy_client.ts",
    line: "if (!questions.take(message)) {",
    change: "!questions.take(message) → (questions.take(message))",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/bridge/modern/modern_era.ts",
    line: "if (parameters.length === 0) return headers;",
    change: "if (parameters.length === 0) return headers; → (nothing)",
    reason: "no parameters make no fields; it only saves reading the arguments",
  },
  {
    file: "src/bridge/modern/modern_era.ts",
    line: "return JSON.parse(textOf(bytes, bodyStart, bodyEnd))?.nextCursor;",
    change:
      "JSON.parse(textOf(bytes, bodyStart, bodyEnd)) ?. nextCursor; → JSON.parse(textOf(bytes, bodyStart, bodyEnd)) . nextCursor;",
    reason: "who looks at an answer and fails keeps it from nobody, and null names no tools",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "pages.splice(same < 0 ? pages.length : same, 1, { cursor, content, at });",
    change: "same < 0 ? pages.length : same, → same <= 0 ? pages.length : same,",
    reason:
      "a first page empties the list before, so that the page whose place is taken is never at 0",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "pages.splice(same < 0 ? pages.length : same, 1, { cursor, content, at });",
    change: "0 → 1",
    reason:
      "a first page empties the list before, so that the page whose place is taken is never at 0",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;",
    change: "i < one.length; i++) if (one → i <= one.length; i++) if (one",
    reason: "behind the end of both there is nothing that differs",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "if ((isTooLong || content === undefined) && !told.has(subject)) {",
    change:
      "(isTooLong || content === undefined) && !told.has(subject) → !((isTooLong || content === undefined) && !told.has(subject))",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "if ((isTooLong || content === undefined) && !told.has(subject)) {",
    change: "(isTooLong || content === undefined) && !told.has(subject) → !told.has(subject)",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "if ((isTooLong || content === undefined) && !told.has(subject)) {",
    change: "isTooLong || content === undefined → content === undefined",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/memory/remembered_answers.ts",
    line: "if ((isTooLong || content === undefined) && !told.has(subject)) {",
    change: "content === undefined) && !told.has( → content !== undefined) && !told.has(",
    reason: "only a line of the log for developers depends on it",
  },
  {
    file: "src/memory/page_file.ts",
    line: "const head = parse(bytes.subarray(0, Math.max(0, end)));",
    change: "0 → 1",
    reason: "no text of one character is the head of a file",
  },
  {
    file: "src/base/growing_bytes.ts",
    line: "buffer.transfer(0);",
    change: "buffer.transfer(0); → ;",
    reason: "it gives memory back sooner, and nothing looks at that buffer again",
  },
  {
    file: "src/base/growing_bytes.ts",
    line: "buffer.transfer(0);",
    change: "0 → 1",
    reason: "of the memory that is given back one byte is as good as none",
  },
  {
    file: "src/settings/config_file.ts",
    line: 'const given = env("ProgramFiles") ?? "";',
    change: 'env("ProgramFiles") ?? "" → (env("ProgramFiles"))!',
    reason: "the pattern finds nothing in the word undefined either",
  },
  {
    file: "src/settings/config_file.ts",
    line: "return isMissing(error) || await Deno.lstat(path).then(() => false, () => true);",
    change:
      "isMissing(error) || await Deno.lstat(path).then(() => false, () => true) → await Deno.lstat(path).then(() => false, () => true)",
    reason: "what is missing cannot be looked at either; this only asks once less",
  },
  {
    file: "src/app/advertised_metadata.ts",
    line: 'if (!/\\bresource_metadata\\b/.test(refusal.headers.get("www-authenticate") ?? "")) {',
    change:
      'refusal.headers.get("www-authenticate") ?? "" → (refusal.headers.get("www-authenticate"))!',
    reason: "the pattern finds nothing in the word null either",
  },
  {
    file: "src/base/redactor.ts",
    line: "found.push([at, at + length]);",
    change: "push → unshift",
    reason:
      "what is found is sorted by where it begins, and the end of what overlaps is the later one",
  },
  {
    file: "src/settings/values.ts",
    line:
      'const [, host = ""] = /^([\\w.-]+|\\[[\\da-f:]+\\])(?::\\d+)?(?:[/?]|$)/i.exec(text) ?? [];',
    change: '= "" → (nothing)',
    reason: "in the word undefined there is no dot or colon either, and it is not localhost",
  },
  {
    file: "src/cli/terminal/ask.ts",
    line: "const bytes = new Uint8Array(1024);",
    change: "1024 → 10240",
    reason: "a line is put together from however many reads it comes in",
  },
  {
    file: "src/cli/terminal/ask.ts",
    line: "const bytes = new Uint8Array(1024);",
    change: "1024 → 103",
    reason: "a line is put together from however many reads it comes in",
  },
  {
    file: "src/cli/terminal/ask.ts",
    line: "return answer !== undefined && /^y/i.test(answer);",
    change: "/^y/i → /y/i",
    reason: "of the answers that are accepted, those with a y begin with it",
  },
  {
    file: "src/cli/commands/logout.ts",
    line: 'const { exp } = unverifiedClaims(refreshToken ?? "");',
    change: 'refreshToken ?? "" → (refreshToken)!',
    reason: "what is no JWT has no claims, be it an empty text or none",
  },
  {
    file: "src/cli/terminal/duration.ts",
    line: "let rest = Math.max(0, milliseconds);",
    change: "0 → 1",
    reason: "a millisecond is shown as no time is",
  },
  {
    file: "src/cli/terminal/wrap_text.ts",
    line: "const [beginning] = /^ */.exec(line)!;",
    change: "/^ */ → / */",
    reason: "it matches at the very beginning in any case, be it nothing",
  },
  {
    file: "src/cli/help/help_layout.ts",
    line: "const [indentation] = /^\\s*/.exec(paragraph)!;",
    change: "/^\\s*/ → /\\s*/",
    reason: "it matches at the very beginning in any case, be it nothing",
  },
  {
    file: "src/cli/doctor/checks/hosts.ts",
    line: 'hosts.push({ role: "the provider", url: oidcIssuerUrl, setting: "OIDC_ISSUER_URL" });',
    change: "push → unshift",
    reason: "the list is empty before it",
  },
  {
    file: "src/cli/arguments/command_line.ts",
    line: 'const { what, fix } = splitSuggestion(error.message.replace(/^error: /, ""));',
    change: "/^error: / → /error: /",
    reason: "every message of the library begins with it, and only the first is taken out",
  },
  {
    file: "src/bridge/declare_extension.ts",
    line: "const set = capabilitiesIn(bytes, meta?.valueStart ?? -1, {",
    change: "meta?.valueStart ?? -1 → (meta?.valueStart)!",
    reason: "a message that names its version has a `_meta`",
  },
  {
    file: "src/bridge/declare_extension.ts",
    line: "const set = capabilitiesIn(bytes, meta?.valueStart ?? -1, {",
    change: "1 → 0",
    reason: "a message that names its version has a `_meta`",
  },
  {
    file: "src/bridge/declare_extension.ts",
    line: "const set = capabilitiesIn(bytes, meta?.valueStart ?? -1, {",
    change: "1 → 2",
    reason: "a message that names its version has a `_meta`",
  },
  {
    file: "src/bridge/declare_extension.ts",
    line: "if (!member) return { bytes: emptyObject, start: 0 };",
    change: "0 → 1",
    reason: "an object without members is edited as what is no object",
  },
  {
    file: "src/bridge/http/read_body.ts",
    line: "if (length <= maxBytes) return withoutMark(await response.bytes());",
    change: "if (length <= maxBytes) return withoutMark(await response.bytes()); → (nothing)",
    reason: "the other way to read a body comes to the same, more slowly",
  },
  {
    file: "src/bridge/http/read_body.ts",
    line: "if (length <= maxBytes) return withoutMark(await response.bytes());",
    change: "length <= maxBytes) return without → length < maxBytes) return without",
    reason: "the other way to read a body comes to the same, more slowly",
  },
  {
    file: "src/bridge/http/read_body.ts",
    line: "if (length <= maxBytes) return withoutMark(await response.bytes());",
    change: "length <= maxBytes) return without → length > maxBytes) return without",
    reason: "the other way to read a body comes to the same, more slowly",
  },
  {
    file: "src/bridge/http/read_chunks.ts",
    line: "if (wait) await wait;",
    change: "wait → true",
    reason: "to wait for nothing takes a turn of the event loop, and changes nothing else",
  },
  {
    file: "src/bridge/http/read_events.ts",
    line: "work = undefined;",
    change: "work = undefined; → ;",
    reason: "what is done already is waited for once more, which takes no time",
  },
  {
    file: "src/bridge/json/edit_object.ts",
    line: "if (bytes[start] !== openBrace) return members;",
    change: "if (bytes[start] !== openBrace) return members; → (nothing)",
    reason: "behind the first byte of any other value there is no name with a colon",
  },
  {
    file: "src/bridge/jsonrpc/filter_tools.ts",
    line: "if (isError || bytes[bodyStart] !== openBrace) return response;",
    change: "isError || bytes[bodyStart] !== openBrace → isError",
    reason: "behind the first byte of any other value there is no name with a colon",
  },
  {
    file: "src/bridge/legacy/session_recovery.ts",
    line: 'await check(session, { status: 504, body: new Uint8Array() }) === "alive",',
    change: "504 → 5040",
    reason: "it only must be the status of no good answer, and of none that a ping has",
  },
  {
    file: "src/bridge/legacy/session_recovery.ts",
    line: "const isError = answer.status < 400 || isSuspicious(answer.status);",
    change: "answer.status < 400 || isSuspicious(answ → answer.status <= 400 || isSuspicious(answ",
    reason: "400 is suspicious, too",
  },
  {
    file: "src/bridge/http/content_type.ts",
    line: 'return response.headers.get("content-type") ?? "";',
    change: 'response.headers.get("content-type") ?? "" → (response.headers.get("content-type"))!',
    reason: "no media type is called null",
  },
  {
    file: "src/bridge/http/status_failure.ts",
    line: '/html/i.test(headers.get("content-type") ?? "");',
    change: 'headers.get("content-type") ?? "" → (headers.get("content-type"))!',
    reason: "no media type is called null",
  },
  {
    file: "src/bridge/legacy/restored_session.ts",
    line: "changes.push(",
    change: "push → unshift",
    reason: "the list is empty then",
  },
  {
    file: "src/bridge/legacy/seen_events.ts",
    line: "let connection = 0;",
    change: "0 → 1",
    reason: "connections are only compared with one another",
  },
  {
    file: "src/bridge/legacy/seen_events.ts",
    line: "let mayRepeat = false;",
    change: "false → true",
    reason: "whoever asks has told of a connection before, which sets it",
  },
  {
    file: "src/bridge/legacy/seen_events.ts",
    line: "let hash = 0x811c9dc5 ^ data.length;",
    change: "0x811c9dc5 → 21661362610",
    reason: "a hash may begin with any number",
  },
  {
    file: "src/bridge/legacy/seen_events.ts",
    line: "let hash = 0x811c9dc5 ^ data.length;",
    change: "0x811c9dc5 → 216613627",
    reason: "a hash may begin with any number",
  },
  {
    file: "src/bridge/legacy/suspicious_answer.ts",
    line: 'const isResponse = scanned.kind === "response" && scanned.idStart !== -1;',
    change: 'scanned.kind === "response" && scanned.idStart !== -1 → scanned.kind === "response"',
    reason: "of what has no id some bytes are compared twice, in both answers alike",
  },
  {
    file: "src/bridge/legacy/suspicious_answer.ts",
    line: 'const isResponse = scanned.kind === "response" && scanned.idStart !== -1;',
    change: "1 → 0",
    reason: "of what has no id some bytes are compared twice, in both answers alike",
  },
  {
    file: "src/bridge/legacy/suspicious_answer.ts",
    line: 'const isResponse = scanned.kind === "response" && scanned.idStart !== -1;',
    change: "1 → 2",
    reason: "of what has no id some bytes are compared twice, in both answers alike",
  },
  {
    file: "src/bridge/legacy_choice.ts",
    line: "const { httpStatus = 0, reason } = failure;",
    change: "0 → 1",
    reason: "neither is between 400 and 500",
  },
  {
    file: "src/bridge/modern/modern_era.ts",
    line: "if (!exchange.isAnswered) throw streamEnded(ending, exchange.request.method);",
    change: "!exchange.isAnswered → true",
    reason: "what is thrown behind an answer is dropped",
  },
  {
    file: "src/net/peer_certificate.ts",
    line: "tunnel?.destroy();",
    change: "tunnel?.destroy(); → ;",
    reason: "what goes through a tunnel takes it along when it ends",
  },
  {
    file: "src/bridge/legacy/keep_alive.ts",
    line: "for (let count = 1; !signal.aborted; count++) {",
    change: "1 → 0",
    reason: "the number only has to be another one each time",
  },
  {
    file: "src/bridge/legacy/keep_alive.ts",
    line: "for (let count = 1; !signal.aborted; count++) {",
    change: "1 → 2",
    reason: "the number only has to be another one each time",
  },
  {
    file: "src/bridge/legacy/keep_alive.ts",
    line: "for (let count = 1; !signal.aborted; count++) {",
    change: "count++ → count--",
    reason: "the number only has to be another one each time",
  },
  {
    file: "src/oidc/flows/controlling_terminal.ts",
    line: 'signal.addEventListener("abort", close, { once: true });',
    change: "true → false",
    reason: "a signal is aborted once",
  },
  {
    file: "src/credentials/account_files/account_files.ts",
    line: "if (latest?.id !== key.id) latest = { id: key.id, cipher: createAccountCipher(key) };",
    change: "latest?.id !== key.id → true",
    reason: "a cipher is made of its key alone, so that a new one does the same",
  },
  {
    file: "src/app/backend_headers.ts",
    line: 'const fields = parseHeaders(text.replace(/^\\s*#.*$/gm, ""));',
    change: "/^\\s*#.*$/gm → /^\\s*#.*/gm",
    reason: "what a dot stands for ends with the line",
  },
  {
    file: "src/base/redactor.ts",
    line: "remember(value, { isPassing = false } = {}) {",
    change: "= false → (nothing)",
    reason: "what is not set is as little true as false is",
  },
];
