import { startCompany } from "../../support/company.ts";
import { programCommand } from "../../support/program_command.ts";
import { npmCommand } from "../../support/npm_command.ts";
import { type Era, startFixtureServer } from "./fixture_server.ts";
import { startFront } from "./start_front.ts";
await using company = await startCompany({ backend: new URL("http://127.0.0.1:9/mcp") });
{
  await using program = await company.start({
    args: [company.gateway.url.href, "--retry-window", "1"],
  });
  program.initialize();
  await company.signIn();
  await program.endInput();
  await program.exit;
}
const [client, backend] = Deno.args as Era[];
await using server = startFixtureServer(backend);
await using front = await startFront(
  client,
  await programCommand(company.settings({ args: [server.url.href, "--debug"] })),
);
const out = `/tmp/w/eras2-out-${client}-${backend}`;
const { stdout } = await new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--quiet",
    ...npmCommand("@modelcontextprotocol/conformance"),
    "server",
    "--suite",
    "all",
    "--spec-version",
    client === "legacy" ? "2025-11-25" : "2026-07-28",
    "--url",
    front.url.href,
    "-o",
    out,
  ],
}).output();
console.log(new TextDecoder().decode(stdout));
Deno.writeTextFileSync(out + ".log", front.log());
