import assert from "node:assert/strict";
import { startCompany } from "../../support/company.ts";
import { createHome } from "../../support/home.ts";
import { createPerson } from "../../support/person.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";
import { runProgram } from "../../support/program.ts";

const escape = "\u001b";
const controlC = "\u0003";
const controlD = "\u0004";

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
      await terminal.shows(/paste\s+here\s+the\s+whole\s+URL[^]*press\s+Enter/);
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

    await t.step(
      "Ctrl+C ends it without a word, and the next login opens a tab of its own",
      async () => {
        await using terminal = await startAtTerminal(
          company.settings({ args: ["login", "--force"] }),
        );
        await terminal.shows(/Waiting for you to sign in/);
        const left = await company.browser.opened();
        await terminal.type(controlC);
        assert.equal(await terminal.code, 130);
        assert.doesNotMatch(terminal.screen(), /error|told to stop/);

        await using again = await startAtTerminal(company.settings({ args: ["login", "--force"] }));
        const opened = await company.browser.opened();
        assert.notEqual(opened.pathname, left.pathname);
        await company.person.visit(opened);
        await again.shows(/Signed in as ada/);
        assert.equal(await again.code, 0);
      },
    );

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

Deno.test({
  name: "setup that is left at a question says so on a line of its own",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using home = await createHome();
    await using terminal = await startAtTerminal({ home: home.path, args: ["setup"] });
    await terminal.shows(/Number or name:/);
    await terminal.type(controlD);
    await terminal.shows(/^ \r?\nConfiguration error: the input ended/);
    assert.equal(await terminal.code, 1);
  },
});

Deno.test({
  name: "Ctrl+C ends doctor between its checks, without findings that are none",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using home = await createHome();
    // Takes connections and never answers.
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using terminal = await startAtTerminal({
      home: home.path,
      args: ["doctor", `http://127.0.0.1:${listener.addr.port}/mcp`],
    });
    await terminal.shows(/Proxy variables/);
    await terminal.type(controlC);
    assert.equal(await terminal.code, 130);
    assert.doesNotMatch(terminal.screen(), /✗|would not work|error/);
  },
});

Deno.test({
  name: "the bridge tells a person at a terminal that it waits for a client",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using home = await createHome();
    await using terminal = await startAtTerminal({
      home: home.path,
      args: ["http://127.0.0.1:1/mcp"],
      env: { OIDC_ISSUER_URL: "http://127.0.0.1:1", OIDC_CLIENT_ID: "abc" },
    });
    await terminal.shows(/waiting for the messages of an MCP client; .* setup, login and doctor/);
    await terminal.type(controlD);
    assert.equal(await terminal.code, 0);
  },
});
