import assert from "node:assert/strict";
import { startCompany } from "../../support/company.ts";
import { createPerson } from "../../support/person.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";
import { runProgram } from "../../support/program.ts";

const escape = "\u001b";

Deno.test({
  name: "login at a terminal shows who is waited for and how long, in colours that can be refused",
  ignore: !hasPseudoTerminal,
  async fn(t) {
    await using company = await startCompany();
    const login = async (env: Record<string, string>, ...args: string[]) => {
      await using terminal = await startAtTerminal(
        company.settings({ args: ["login", ...args], env }),
      );
      await terminal.shows(/Waiting for you to sign in at 127\.0\.0\.1:\d+, 4 min \d+ s left/);
      await company.signIn();
      await terminal.shows(/Signed in as ada/);
      assert.equal(await terminal.code, 0);
      return terminal.screen();
    };

    await t.step("with colours and a spinner that is wiped away", async () => {
      const screen = await login({});
      assert.ok(screen.includes(`${escape}[32m✓${escape}[39m Signed in`));
      assert.ok(screen.includes(`\r${escape}[2K`), "the line is written over");
      assert.match(screen, /[⠋⠙⠹⠸]/);
    });

    await t.step("NO_COLOR: without colours", async () => {
      const screen = await login({ NO_COLOR: "1" }, "--force");
      assert.ok(!screen.includes(`${escape}[32m`));
      assert.match(screen, /✓ Signed in/);
    });

    await t.step("TERM=dumb: ASCII signs, no line written over", async () => {
      const screen = await login({ TERM: "dumb" }, "--force");
      assert.ok(!screen.includes(escape));
      assert.match(screen, /ok Signed in/);
    });

    await t.step("the line in which a URL is pasted is not written over", async () => {
      await using terminal = await startAtTerminal(
        company.settings({ args: ["login", "--force"], env: { OIDC_FLOW: "paste" } }),
      );
      await terminal.shows(/paste here the whole URL.*press Enter/);
      const [opened] = terminal.screen().match(/http:\/\/\S+\/auth\?\S+/)!;
      const asked = terminal.screen().length;
      let redirect: URL | undefined;
      const person = createPerson({
        stopBefore: (url) => {
          if (!url.searchParams.has("code")) return false;
          redirect = url;
          return true;
        },
      });
      await person.visit(opened);
      assert.ok(!terminal.screen().slice(asked).includes("\r" + escape), "no spinner turns");
      await terminal.type(redirect!.href);
      await terminal.shows(/Signed in as ada/);
      assert.equal(await terminal.code, 0);
    });

    await t.step("a token is not printed to a terminal", async () => {
      await using refused = await startAtTerminal(company.settings({ args: ["token"] }));
      await refused.shows(/a token is not printed to a terminal.*--yes-print-secret/);
      assert.equal(await refused.code, 2);
      await using given = await startAtTerminal(
        company.settings({ args: ["token", "--yes-print-secret"] }),
      );
      await given.shows(/eyJ/);
      assert.equal(await given.code, 0);
    });

    await t.step("FORCE_COLOR: colours on a pipe too", async () => {
      const { stdout } = await runProgram(
        company.settings({ args: ["doctor"], env: { FORCE_COLOR: "1" } }),
      );
      assert.ok(stdout.includes(`${escape}[32m✓`));
      const plain = await runProgram(company.settings({ args: ["doctor"] }));
      assert.ok(!plain.stdout.includes(escape));
    });
  },
});
