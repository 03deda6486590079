import assert from "node:assert/strict";
import { requiredVisits } from "../../../src/bridge/translation/required_visits.ts";
import { errorResponse, response, text } from "../message.ts";

const visit = (n: number) => ({ mode: "url", url: `https://x.test/${n}` });

Deno.test("the URLs that a backend wants to be visited become requests, in their order", () => {
  const given = errorResponse({ code: -32042, data: { elicitations: [visit(1), visit(2)] } });
  assert.deepEqual(
    requiredVisits(given).map(text),
    [1, 2].map((n) =>
      `{"jsonrpc":"2.0","id":"visit","method":"elicitation/create",` +
      `"params":{"mode":"url","url":"https://x.test/${n}"}}`
    ),
  );
});

for (const [count, shown] of [[0, 0], [16, 16], [17, 16]]) {
  Deno.test(`of ${count} URLs ${shown} are shown`, () => {
    const elicitations = Array.from({ length: count }, (_, n) => visit(n));
    const visits = requiredVisits(errorResponse({ code: -32042, data: { elicitations } }));
    assert.deepEqual(
      visits.map((each) => JSON.parse(text(each)).params),
      elicitations.slice(0, shown),
    );
  });
}

for (
  const other of [
    errorResponse({ code: -32041, data: { elicitations: [visit(1)] } }),
    errorResponse({ code: -32042 }),
    errorResponse({ code: -32042, data: null }),
    errorResponse({ code: -32042, data: { elicitation: [visit(1)] } }),
    errorResponse({ code: -32042, data: { elicitations: { 0: visit(1) } } }),
    response({ code: -32042, data: { elicitations: [visit(1)] } }),
  ]
) {
  Deno.test(`${text(other)} wants no visit`, () => assert.deepEqual(requiredVisits(other), []));
}
