import assert from "node:assert/strict";
import { join } from "node:path";
import { screensPath, terminalPicture } from "../../scripts/terminal_picture.ts";
import { abridge, omission } from "../../scripts/terminal_picture/abridge.ts";
import { atCompany } from "../../scripts/terminal_picture/at_company.ts";
import { drawTerminal } from "../../scripts/terminal_picture/draw_terminal.ts";
import { repository } from "../support/paths.ts";

const svg = await terminalPicture(repository);

/** The lines that a picture shows, as one reads them. */
function shown(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, line]) =>
    line.replaceAll(/<\/?tspan[^>]*>/g, "").replaceAll("\u00a0", " ").replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">").replaceAll("&amp;", "&")
  );
}

Deno.test("the picture of setup shows lines of the recorded screens in their order, and no others", async () => {
  const recorded = (await Promise.all(
    ["setup.80.txt", "first_call.txt"].map((name) =>
      Deno.readTextFile(join(repository, screensPath, name))
    ),
  )).join("\n").split("\n").map(atCompany)
    // As a terminal of 80 columns breaks them.
    .flatMap((line) => line.match(/.{1,80}/g) ?? []);
  const [command, ...lines] = shown(svg);
  assert.equal(command, "$ npx -y authful-mcp-proxy setup");
  assert.ok(lines.length > 25, lines.join("\n"));
  let from = 0;
  for (const line of lines.filter((line) => line !== omission)) {
    const found = recorded.indexOf(line, from);
    assert.notEqual(found, -1, `"${line}" is not on the screens, or not there`);
    from = found + 1;
  }
  for (const essential of [/^✓ Signed in/, /^✓ The backend accepts the token/, /Echo: hello/]) {
    assert.ok(lines.some((line) => essential.test(line)), String(essential));
  }
});

Deno.test("the picture of setup has no mask of a recorded screen, and a company's addresses", () => {
  assert.doesNotMatch(shown(svg).join("\n"), /##|127\.0\.0\.1|127-0-0-1|authful-test|\/tmp\//);
  assert.match(svg, /https:\/\/mcp-backend\.company\.com\/mcp/);
  assert.match(svg, /https:\/\/auth\.company\.com/);
});

Deno.test("the picture of setup is plain text for light and dark, still for who wants no motion, and loads nothing", () => {
  assert.match(svg, /role="img" aria-labelledby="title description"/);
  assert.match(svg, /<title id="title">.+<\/title>/);
  assert.match(svg, /<desc id="description">.+<\/desc>/);
  assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
  const [before, motion] = svg.split("@media (prefers-reduced-motion: no-preference)");
  assert.doesNotMatch(before, /animation:/);
  assert.match(motion, /^ \{\n +text \{ animation:/);
  assert.doesNotMatch(
    svg,
    /<(?:image|script|foreignObject|use|a)\b|href=|@import|@font-face|url\(/,
  );
});

Deno.test("a picture of a terminal breaks long lines, keeps spaces and escapes what XML would read", () => {
  const drawn = drawTerminal(["$ cat <a>   & \\", "  b", "x".repeat(25)], {
    columns: 20,
    title: "A & B",
    description: "<none>",
  });
  assert.deepEqual(shown(drawn), ["$ cat <a>   & \\", "  b", "x".repeat(20), "x".repeat(5)]);
  assert.match(drawn, /<title id="title">A &amp; B<\/title>/);
  assert.match(drawn, /<tspan class="typed">\u00a0\u00a0b<\/tspan>/);
});

Deno.test("a screen of setup that lacks what the picture leaves out is refused", () => {
  assert.throws(
    () => abridge(["Which client do you want to set up?"]),
    /leaves out of the picture/,
  );
});
