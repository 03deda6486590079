/**
 * Draws the icons of packages from `packaging/icon/icon.svg` with Chromium, after a change of the
 * drawing: `deno task icons`. The results are committed, so that nothing else needs Chromium.
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";

/** The icon sizes that Windows shows, in pixels. */
const windowsSizes = [16, 32, 48, 256];

/** A Windows icon file with these square PNG images in it. */
export function icoFile(images: readonly { size: number; png: Uint8Array }[]): Uint8Array {
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index;
    // The format writes 256 as 0.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...images.map(({ png }) => png)]);
}

if (import.meta.main) {
  const packaging = join(import.meta.dirname!, "..", "packaging");
  const svg = await Deno.readTextFile(join(packaging, "icon", "icon.svg"));
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROME_BIN") ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const draw = async (size: number): Promise<Uint8Array> => {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(
        `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
      );
      return await page.screenshot({ omitBackground: true });
    };
    await Deno.writeFile(join(packaging, "icon", "icon.png"), await draw(512));
    const images = [];
    for (const size of windowsSizes) images.push({ size, png: await draw(size) });
    await Deno.writeFile(join(packaging, "windows", "icon.ico"), icoFile(images));
  } finally {
    await browser.close();
  }
}
