import assert from "node:assert/strict";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { ProxyError } from "../../../src/base/errors.ts";
import { alreadyUsedPage } from "../../../src/oidc/pages/already_used_page.ts";
import { failurePage } from "../../../src/oidc/pages/failure_page.ts";
import { foreignAnswerPage } from "../../../src/oidc/pages/foreign_answer_page.ts";
import type { Page } from "../../../src/oidc/pages/page.ts";
import { respond, respondWith } from "../../../src/oidc/pages/respond.ts";
import { successPage } from "../../../src/oidc/pages/success_page.ts";
import { waitingPage } from "../../../src/oidc/pages/waiting_page.ts";
import { wrongAddressPage } from "../../../src/oidc/pages/wrong_address_page.ts";
import { findChromium, launchChromium } from "../../support/chromium.ts";

const issuer = new URL("https://auth.company.com/realms/main");
const success = successPage({
  issuer,
  claims: { sub: "8f2c", email: "ada.lovelace@company.com" },
  renewable: true,
});
const failure = failurePage({
  issuer,
  error: new ProxyError({
    category: "Configuration error",
    what: "the provider refused the redirect URL http://localhost:8080/auth/callback",
    fix:
      "register exactly this URL at the provider, or set OIDC_REDIRECT_URL to the registered one",
    reason: "redirect_uri_mismatch",
  }),
  provider: {
    error: "invalid_request",
    description: "redirect_uri did not match any of the client's registered redirect_uris",
  },
});
const pages: Record<string, Page> = {
  success,
  failure,
  "already-used": alreadyUsedPage(),
  "foreign-answer": foreignAnswerPage(),
  "wrong-address": wrongAddressPage({
    redirectUrl: new URL("http://localhost:8080/auth/callback"),
    path: "/callback",
  }),
  waiting: waitingPage({ issuer }),
};
const screens = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

Deno.test({
  name: "pages in Chromium",
  ignore: findChromium() === undefined,
  // Playwright keeps timers and pipes of its own between calls.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    // All share one browser: it takes longer to start than what is done with it.
    await using browser = await launchChromium();
    await t.step(
      "they are accessible, undisturbed and legible in both schemes and sizes",
      (t) => lookAtPages(browser, t),
    );
    await t.step(
      "the waiting page turns into the result without a second request",
      () => waitForResult(browser),
    );
  },
});

async function lookAtPages(browser: Browser, t: Deno.TestContext): Promise<void> {
  await using server = serve((url) => respond(pages[url.pathname.slice(1)]));
  // Pictures for people: AUTHFUL_SCREENSHOTS=directory keeps them.
  const pictures = Deno.env.get("AUTHFUL_SCREENSHOTS");
  if (pictures) await Deno.mkdir(pictures, { recursive: true });
  const context = await browser.newContext({
    reducedMotion: "reduce",
    deviceScaleFactor: pictures ? 2 : 1,
  });
  for (const name of Object.keys(pages)) {
    await t.step(name, async (t) => {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => requests.push(request.url()));
      await page.setViewportSize(screens.phone);
      await page.goto(`${server.origin}/${name}`);
      await page.locator("h1:focus").waitFor();
      await page.evaluate(axe.source);
      for (const colorScheme of ["light", "dark"] as const) {
        await t.step(colorScheme, async () => {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize(screens.phone);
          const found = await page.evaluate(`axe.run(document, {
            resultTypes: ["violations", "incomplete"],
          }).then(({ violations, incomplete }) =>
            [...violations, ...incomplete].map((rule) =>
              rule.id + ": " + rule.help + " " + rule.nodes.map((node) => node.html).join(" ")
            ))`);
          assert.deepEqual(found, [], "axe-core found");
          for (const [screen, viewport] of Object.entries(screens)) {
            await page.setViewportSize(viewport);
            const layout = await page.evaluate<{ overflow: number; card: string }>(`({
              overflow: document.documentElement.scrollWidth - innerWidth,
              card: getComputedStyle(document.querySelector("main")).backgroundColor,
            })`);
            assert.ok(layout.overflow <= 0, `${layout.overflow} px wider than the ${screen}`);
            const [red, green, blue] = layout.card.match(/\d+/g)!.map(Number);
            const brightness = (red + green + blue) / 3;
            assert.ok(colorScheme === "dark" ? brightness < 64 : brightness > 192, layout.card);
            const picture = await page.screenshot();
            assert.ok(picture.length > 10_000, "the picture is not empty");
            if (pictures) {
              await Deno.writeFile(join(pictures, `${name}-${colorScheme}-${screen}.png`), picture);
            }
          }
        });
      }
      assert.deepEqual(requests, [`${server.origin}/${name}`]);
      // Chromium itself reports every status from 400 on.
      assert.deepEqual(complaints.filter((text) => !/status of 4\d\d/.test(text)), []);
      await page.close();
    });
  }
}

async function waitForResult(browser: Browser): Promise<void> {
  const result = Promise.withResolvers<Page>();
  const asked: string[] = [];
  await using server = serve((url) => {
    asked.push(url.pathname);
    return respondWith(result.promise, { issuer, patience: 1 });
  });
  const page = await browser.newPage();
  await page.goto(`${server.origin}/auth/callback?code=abc`, { waitUntil: "commit" });
  await page.getByRole("heading", { name: "One moment" }).waitFor();
  result.resolve(success);
  await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "One moment" }).count(), 0);
  assert.equal(await page.getByRole("main").count(), 1);
  assert.deepEqual(asked, ["/auth/callback"]);
}

function serve(handler: (url: URL) => Response | Promise<Response>) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => handler(new URL(request.url)),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
