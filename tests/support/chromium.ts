import type { Browser } from "playwright-core";

/** Where a Chromium lies on this machine (`CHROME_BIN` first), or `undefined`. */
export function findChromium(): string | undefined {
  const places = [
    Deno.env.get("CHROME_BIN"),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  return places.find((path) => {
    try {
      return path !== undefined && Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A headless Chromium with a profile of its own; close it with `await using`. */
export async function launchChromium(): Promise<Browser & AsyncDisposable> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      // Chromium refuses its sandbox to root, which tests in containers often are.
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}
