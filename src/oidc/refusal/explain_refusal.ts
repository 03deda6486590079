import { ProxyError } from "../../base/errors.ts";
import { compareToken, describeToken } from "./compare_token.ts";
import { diagnose, topicOf } from "./diagnose_refusal.ts";
import { isReason } from "./pointed_topic.ts";
import { type RefusalWords, refusalWords } from "./refusal_words.ts";
import type { TokenRefusal } from "./token_refusal.ts";

/**
 * Why a backend refuses a token: what it said, word for word; then what the token says beside what
 * the backend advertises and accepted before; then what follows from that. What the backend's words
 * point to comes before what only looks likely, and no setting is advised that is set already or that
 * the provider does not heed.
 */
export function explainRefusal(refusal: TokenRefusal): ProxyError {
  const { status, headers, body, backendUrl, note } = refusal;
  const words = refusalWords(headers, body);
  const read = { ...refusal, words, missing: missingScopes(refusal, words) };
  const topic = topicOf(read);
  const { cause, fix } = diagnose(topic, read);
  const hasReason = words.reasons.some(isReason) || topic === "scope" || topic === "authentication";
  const parts = [
    `${backendUrl.origin} refused the token with HTTP ${status} ${saidBy(words)}`,
    `the token ${describeToken(refusal.token, refusal.now)}`,
    ...compareToken(read),
    cause,
    note ?? "",
  ];
  return new ProxyError({
    category: "Authentication error",
    what: parts.filter((part) => part !== "").join("; "),
    fix: hasReason || fix.includes("operator")
      ? fix
      : `${fix}; the backend gave no reason, but its operator can see why`,
    reason: topic === "scope"
      ? "insufficient_scope"
      : topic === "authentication"
      ? "insufficient_user_authentication"
      : "token_refused",
    httpStatus: status,
  });
}

/** What the backend said, in quotes where it is prose. */
function saidBy({ error, reasons, scope, acrValues }: RefusalWords): string {
  const said = [
    error,
    ...reasons.map((reason) => `"${reason}"`),
    scope && `scope ${scope}`,
    acrValues && `acr_values ${acrValues}`,
  ].filter((part) => part !== undefined && part !== "");
  return said.length > 0 ? `(${said.join(", ")})` : "and no reason";
}

/** The scopes that the backend names, now or in its metadata, and that the token does not say. */
function missingScopes(
  { token, advertised, status }: TokenRefusal,
  { scope, error }: RefusalWords,
): readonly string[] {
  const named = (scope ?? "").split(" ").filter((name) => name !== "");
  const asksForMore = status === 401 || error === "insufficient_scope";
  const wanted = named.length > 0 || !asksForMore ? named : advertised?.scopes ?? [];
  return wanted.filter((name) => !token.scopes.includes(name));
}
