import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
// @ts-types="npm:@types/tar-stream@3.1.5"
import { pack } from "tar-stream";
import { bytesOf, modeOf, type PackedFile } from "./packed_file.ts";

/** Packs files as `.tar.gz`; the same files and date give the same bytes. */
export async function tarGz(
  files: readonly PackedFile[],
  options: { date: Date },
): Promise<Uint8Array> {
  const archive = pack();
  const content = buffer(archive);
  for (const file of files) {
    archive.entry(
      { name: file.name, mode: modeOf(file), mtime: options.date, uid: 0, gid: 0 },
      Buffer.from(bytesOf(file)),
    );
  }
  archive.finalize();
  return gzipSync(await content, { level: 9 });
}
