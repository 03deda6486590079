import fastmcp3 from "./backends/fastmcp_3/counterpart.ts";
import javaSdk from "./backends/java_sdk/counterpart.ts";
import type { Backend } from "./counterpart.ts";

/** The backends before which peers stand: both only validate tokens, and have all of the catalogue. */
export const peerBackends: readonly Backend[] = [javaSdk[0]!, fastmcp3[0]!];
