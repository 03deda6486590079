import assert from "node:assert/strict";
import { inputEnded, nobodyToAsk, wrongValue } from "../../../src/cli/setup/questions.ts";
import { SettingValueError } from "../../../src/settings/values.ts";
import { options } from "../../../src/settings/options.ts";

Deno.test("an answer that will do is not wrong", () => {
  assert.equal(wrongValue("backendUrl", "https://mcp.company.com"), undefined);
  assert.equal(wrongValue("oidcClientId", "abc"), undefined);
});

Deno.test("what is wrong with an answer is said as the setting says it, with its advice", () => {
  for (const name of ["backendUrl", "keepAlive", "oidcIssuerUrl"] as const) {
    let error: unknown;
    try {
      options[name].parse("ftp:!");
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(error instanceof SettingValueError);
    const wrong = wrongValue(name, "ftp:!")!;
    assert.ok(wrong.startsWith(`That ${error.message}`), wrong);
    if (error.fix === undefined) assert.equal(wrong, `That ${error.message}`);
    else assert.equal(wrong, `That ${error.message}. Fix: ${error.fix}.`);
  }
});

Deno.test("an error of ours is none of an answer", () => {
  const { parse } = options.oidcClientId;
  const broken = new TypeError("ours");
  const rows: [thrown: Error, wrong: string | undefined][] = [
    [new SettingValueError("is odd"), "That is odd"],
    [
      new SettingValueError("is odd", { fix: "take another one" }),
      "That is odd. Fix: take another one.",
    ],
    [broken, undefined],
  ];
  try {
    for (const [thrown, wrong] of rows) {
      Object.assign(options.oidcClientId, {
        parse() {
          throw thrown;
        },
      });
      if (wrong) assert.equal(wrongValue("oidcClientId", "x"), wrong);
      else assert.throws(() => wrongValue("oidcClientId", "x"), (error) => error === thrown);
    }
  } finally {
    Object.assign(options.oidcClientId, { parse });
  }
});

Deno.test("who cannot be asked is told how to go without", () => {
  const { what, fix } = nobodyToAsk();
  assert.deepEqual({ what, fix }, {
    what: "there is no terminal to ask in",
    fix: "add --yes to write the file or --dry-run to only show the change, or see " +
      "authful-mcp-proxy setup --help",
  });
});

Deno.test("an input that ends too early is told", () => {
  const { category, what, fix, reason } = inputEnded();
  assert.deepEqual({ category, what, fix, reason }, {
    category: "Configuration error",
    what: "the input ended before every question was answered",
    fix: "run it again, or give the answers as flags",
    reason: "input_ended",
  });
});
