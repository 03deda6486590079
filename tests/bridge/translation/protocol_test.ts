import assert from "node:assert/strict";
import {
  errorCodes,
  isLegacyOnly,
  isModernOnly,
  legacyVersions,
  logLevels,
  metaKeys,
  modernVersion,
  unknownMethod,
} from "../../../src/bridge/translation/protocol.ts";

Deno.test("versions, names, codes and levels are those of the specifications", () => {
  assert.equal(modernVersion, "2026-07-28");
  assert.deepEqual(legacyVersions, ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]);
  assert.deepEqual(metaKeys, {
    protocolVersion: "io.modelcontextprotocol/protocolVersion",
    clientInfo: "io.modelcontextprotocol/clientInfo",
    clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
    logLevel: "io.modelcontextprotocol/logLevel",
    serverInfo: "io.modelcontextprotocol/serverInfo",
    subscriptionId: "io.modelcontextprotocol/subscriptionId",
  });
  assert.deepEqual(errorCodes, {
    methodNotFound: -32601,
    invalidParams: -32602,
    resourceNotFound: -32002,
    internalError: -32603,
    urlElicitationRequired: -32042,
    headerMismatch: -32020,
    missingClientCapability: -32021,
    unsupportedProtocolVersion: -32022,
  });
  assert.deepEqual(
    logLevels,
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"],
  );
});

Deno.test("what one era has and the other has not", () => {
  const legacyOnly = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
    "notifications/initialized",
    "notifications/roots/list_changed",
  ];
  const modernOnly = ["server/discover", "subscriptions/listen"];
  for (const method of [...legacyOnly, ...modernOnly, "tools/list", ""]) {
    assert.equal(isLegacyOnly(method), legacyOnly.includes(method), method);
    assert.equal(isModernOnly(method), modernOnly.includes(method), method);
  }
  assert.deepEqual(JSON.parse(unknownMethod), { code: -32601, message: "Method not found" });
});
