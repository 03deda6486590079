import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { createModernEra } from "../modern/modern_era.ts";
import { clientOf, discover, supportedVersions } from "./discover.ts";
import { limitedQuestion, probeTimeout } from "./limited_question.ts";
import { createLegacyClientTranslation } from "./legacy_client.ts";
import { modernVersion } from "./protocol.ts";

/** What {@linkcode serveLegacyClient} needs besides the `initialize` request. */
export interface ServeLegacyClientOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** What has served the client's session before. */
  before: LegacyEra | undefined;
}

/**
 * Asks a backend whether it speaks the modern era, for a client that begins a session.
 *
 * @returns what serves the client there, if so
 */
export async function serveLegacyClient(
  exchange: Exchange,
  { context, before }: ServeLegacyClientOptions,
): Promise<LegacyEra | undefined> {
  await before?.end(context.stop);
  const modern = createModernEra(context);
  const client = clientOf(exchange.request);
  let discovered;
  try {
    discovered = await limitedQuestion(exchange, {
      timeout: probeTimeout(context),
      isAuthorizing: context.isAuthorizing,
      ask: (asking) => discover(client, { outer: asking, modern }),
    });
  } catch (error) {
    // What ends the request ends the question, too; else the refusal says more than this failure.
    if (exchange.signal.aborted) throw error;
    return undefined;
  }
  if (!supportedVersions(discovered).includes(modernVersion)) return undefined;
  context.log.info(
    `the backend speaks MCP ${modernVersion} only; messages of the client are translated`,
  );
  const translation = createLegacyClientTranslation({ context, createModern: createModernEra });
  translation.adopt(discovered);
  return translation;
}
