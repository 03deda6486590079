import { Buffer } from "node:buffer";

/** A function of a library that another library has under another name. */
export interface ForwardedFunction {
  /** What the library calls it. */
  name: string;
  /** Where it is: `library.function`. */
  target: string;
}

/**
 * A Windows library (PE32+) without any code, whose one function is that of another library: the
 * loader follows the export by itself.
 */
export function forwardingLibrary(library: string, { name, target }: ForwardedFunction): Buffer {
  // The file is a page of headers and one section with the export directory, at this address.
  const [address, fileAlignment] = [0x1000, 0x200];
  const fixed = 40 + 4 + 4 + 2;
  const [ownName, functionName, forwarder] = [library, name, target].map((text) =>
    Buffer.from(`${text}\0`)
  ) as [Buffer, Buffer, Buffer];
  const nameAt = address + fixed;
  const functionNameAt = nameAt + ownName.length;
  const exports = Buffer.concat([
    // IMAGE_EXPORT_DIRECTORY: one function, under one name.
    words(0, 0, 0, nameAt, 1, 1, 1, address + 40, address + 44, address + 48),
    // An address inside the directory is a forwarder; then the name's address and its ordinal.
    words(functionNameAt + functionName.length, functionNameAt),
    Buffer.alloc(2),
    ownName,
    functionName,
    forwarder,
  ]);

  const headers = Buffer.alloc(fileAlignment);
  headers.write("MZ", 0);
  headers.writeUInt32LE(64, 0x3c);
  headers.write("PE\0\0", 64);
  headers.writeUInt16LE(0x8664, 68); // for x64
  headers.writeUInt16LE(1, 70); // sections
  headers.writeUInt16LE(240, 84); // size of the optional header
  headers.writeUInt16LE(0x2022, 86); // an executable image, a library, any address
  const optional = 88;
  headers.writeUInt16LE(0x20b, optional);
  headers.writeBigUInt64LE(0x180000000n, optional + 24); // preferred address
  headers.writeUInt32LE(0x1000, optional + 32); // alignment in memory
  headers.writeUInt32LE(fileAlignment, optional + 36);
  headers.writeUInt16LE(6, optional + 40); // since Windows Vista
  headers.writeUInt16LE(6, optional + 48);
  headers.writeUInt32LE(0x2000, optional + 56); // size in memory
  headers.writeUInt32LE(fileAlignment, optional + 60); // size of the headers
  headers.writeUInt16LE(2, optional + 68); // subsystem
  headers.writeUInt16LE(0x160, optional + 70);
  headers.writeUInt32LE(16, optional + 108); // directory entries; the first is that of exports
  words(address, exports.length).copy(headers, optional + 112);
  const section = optional + 240;
  headers.write(".edata", section);
  words(exports.length, address, fileAlignment, fileAlignment).copy(headers, section + 8);
  headers.writeUInt32LE(0x40000040, section + 36); // data that can be read

  return Buffer.concat([headers, exports, Buffer.alloc(fileAlignment - exports.length)]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}
