import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
// @ts-types="npm:@types/yazl@3.3.1"
import { ZipFile } from "yazl";
import { bytesOf, modeOf, type PackedFile } from "./packed_file.ts";

/** Packs files as `.zip`; the same files and date give the same bytes. */
export function zip(
  files: readonly PackedFile[],
  options: { date: Date },
): Promise<Uint8Array> {
  const archive = new ZipFile();
  for (const file of files) {
    archive.addBuffer(Buffer.from(bytesOf(file)), file.name, {
      // Zip names local times without a zone; everybody shall get the same.
      mtime: localLookingLikeUtc(options.date),
      forceDosTimestamp: true,
      mode: modeOf(file) | regularFile,
    });
  }
  archive.end();
  return buffer(archive.outputStream);
}

const regularFile = 0o100000;

function localLookingLikeUtc(date: Date): Date {
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}
