import fastmcp3 from "./backends/fastmcp_3/counterpart.ts";
import javaSdk from "./backends/java_sdk/counterpart.ts";
import sdkV2 from "./backends/sdk_v2/counterpart.ts";
import type { Backend } from "./counterpart.ts";

/** The backends before which peers stand: both only validate tokens, and have all of the catalogue. */
export const peerBackends: readonly Backend[] = [javaSdk[0]!, fastmcp3[0]!];

/** A backend that a client of 2025 cannot talk to, unless what stands between speaks for it. */
export const modernBackend: Backend = sdkV2.find(({ name }) => name === "sdk-v2-modern-only")!;
