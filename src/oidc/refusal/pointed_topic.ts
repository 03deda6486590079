/** What a refusal can be about. */
export type RefusalTopic =
  | "signature"
  | "type"
  | "algorithm"
  | "scheme"
  | "issuer"
  | "audience"
  | "authentication"
  | "client"
  | "scope"
  | "time"
  | "revoked"
  | "format";

/**
 * The words by which backends tell it, in the order of how little else they may mean. Seen at Spring
 * Security 6 and 7, FastMCP 2 to 4, the MCP SDKs for Python and Go, jose, PyJWT and jsonwebtoken.
 */
const topics: readonly [RefusalTopic, RegExp][] = [
  ["type", /\bat\+jwt\b|\btyp\b|\(type\)/i],
  ["scheme", /\bdpop\b/i],
  ["authentication", /\bacr\b|authentication (?:level|context|strength)|\bmfa\b/i],
  ["issuer", /\biss(?:uers?)?\b/i],
  ["audience", /\baud(?:iences?)?\b/i],
  [
    "signature",
    /signature(?! has expired)|\bkid\b|\bjwks?\b(?! expired)|key set|(?:signing|matching|public) key/i,
  ],
  ["algorithm", /\balg(?:orithm)?s?\b/i],
  ["client", /\bazp\b|client[ _-]?id\b|\bcid\b|\bappid\b/i],
  ["scope", /\bscopes?\b|\bscp\b|permission|\broles?\b|privilege/i],
  [
    "time",
    /expired|jwt not active|\bexp\b|not yet valid|\bnbf\b|\biat\b|in the future|used before|clock/i,
  ],
  ["revoked", /revoked|inactive|(?:not|n't) active|introspect/i],
  ["format", /malformed|not a (?:valid )?jwt|segments|\bpars(?:e|ing)\b|compact/i],
];

/** Sentences that are said whatever the reason is, and so tell none. */
const whateverTheReason = [
  // FastMCP 2 to 4.
  /invalid, expired, or /i,
  /\b(?:invalid or expired|expired or invalid|missing or invalid|invalid or missing)\b/i,
  // The MCP SDK for Python, Spring Security.
  /^(?:authentication required|full authentication is required\b.*|unauthorized|forbidden|access denied|(?:the )?(?:access )?token (?:is )?invalid|invalid(?: access)? token)\.?$/i,
];

/** Whether these words give a reason at all. */
export function isReason(words: string): boolean {
  return words !== "" && !whateverTheReason.some((sentence) => sentence.test(words));
}

/** What the words are about; `undefined` when they do not tell. */
export function pointedTopic(reasons: readonly string[]): RefusalTopic | undefined {
  const words = reasons.filter(isReason).join("; ");
  return topics.find(([, pattern]) => pattern.test(words))?.[0];
}
