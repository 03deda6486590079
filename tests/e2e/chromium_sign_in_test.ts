import assert from "node:assert/strict";
import { findChromium, launchChromium } from "../support/chromium.ts";
import { startCompany } from "../support/company.ts";

Deno.test({
  name: "a person signs in with Chromium",
  ignore: findChromium() === undefined,
  // Playwright keeps timers and pipes of its own between calls.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using company = await startCompany();
    const port = company.settings().env?.OIDC_REDIRECT_URL?.split(":")[2];
    // Chromium tries ::1 first for localhost.
    const env = { OIDC_REDIRECT_URL: `http://localhost:${port}` };
    await using program = await company.start({ env });
    const initialized = program.initialize();
    const url = await company.browser.opened();

    await using chromium = await launchChromium();
    const page = await chromium.newPage();
    const requested: string[] = [];
    page.on("request", (request) => void requested.push(request.url()));
    // The provider's pages ask for a font from far away.
    await page.route(/googleapis/, (route) => route.abort());
    await page.goto(url.href);
    await page.fill('input[name="login"]', "ada");
    await page.fill('input[name="password"]', "secret");
    await page.click('button[type="submit"]');
    await page.click('button[type="submit"]');
    await page.waitForURL(/\/auth\/callback/);
    await initialized;

    assert.match(await page.title(), /signed in/i);
    assert.match(await page.innerText("body"), /ada/);
    const landed = requested.findIndex((address) => address.includes("/auth/callback"));
    assert.deepEqual(
      requested.slice(landed + 1).filter((address) => !address.endsWith("/favicon.ico")),
      [],
      "the page loads something",
    );
    assert.ok((await program.request("tools/list")).result);
    assert.equal(company.provider.count("token"), 1);
  },
});
