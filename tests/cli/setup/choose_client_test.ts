import assert from "node:assert/strict";
import { chooseClient } from "../../../src/cli/setup/choose_client.ts";
import { clientNames } from "../../../src/cli/setup/client_names.ts";
import { clients } from "../../../src/cli/setup/clients.ts";
import { UsageError } from "../../../src/base/usage_error.ts";
import type { CommandContext } from "../../../src/cli/commands/command.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";

async function choose(answers: string[] | undefined, client?: string) {
  using terminal = answeringTerminal(answers);
  const context = { flags: { client }, terminal } as unknown as CommandContext;
  const chosen = await chooseClient(context);
  return { id: chosen === "json" ? chosen : chosen.id, said: terminal.onErr };
}

Deno.test("the client that is named is set up, and nobody is asked", async () => {
  for (const name of [...clientNames, "json"]) {
    assert.deepEqual(await choose(undefined, name), { id: name, said: "" });
    assert.deepEqual(await choose([], name), { id: name, said: "" });
  }
});

Deno.test("where nobody can be asked, the names are told", async () => {
  await assert.rejects(choose(undefined), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.what, "--client is missing");
    assert.equal(
      error.fix,
      `pass --client with one of ${clientNames.join(", ")}, json, or see ` +
        "authful-mcp-proxy setup --help",
    );
    return true;
  });
});

const count = clients.length;
const answers: [answer: string, id: string][] = [
  ["1", clientNames[0]],
  ["10", clientNames[9]],
  [String(count), clientNames[count - 1]],
  [String(count + 1), "json"],
  ["json", "json"],
  ["cursor", "cursor"],
];
for (const [answer, id] of answers) {
  Deno.test(`a person who answers ${answer} has ${id} set up`, async () => {
    assert.equal((await choose([answer])).id, id);
  });
}

Deno.test("a person sees every client by number and name, and is asked again after a wrong answer", async () => {
  const wrong = ["", "0", String(count + 2), "1.5", "Cursor"];
  const { id, said } = await choose([...wrong, "2"]);
  assert.equal(id, clientNames[1]);
  assert.deepEqual(said.split("\n"), [
    "Which client do you want to set up?",
    ...clients.map(({ title, id }, at) => `  ${String(at + 1).padStart(2)}  ${title} ${id}`),
    `  ${count + 1}  any other: print the entry as JSON`,
    `Number or name: Number or name: ✗ there is no "0"`,
    `Number or name: ✗ there is no "${count + 2}"`,
    `Number or name: ✗ there is no "1.5"`,
    `Number or name: ✗ there is no "Cursor"`,
    "Number or name: ",
  ]);
});

Deno.test("an input that ends in the middle is told", async () => {
  await assert.rejects(choose([]), { reason: "input_ended" });
});
