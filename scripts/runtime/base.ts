/**
 * Takes the program out of an executable that `deno compile` made, which leaves the runtime base
 * that it made it from.
 *
 * @module
 */
import { Buffer } from "node:buffer";
// @ts-types="../build/resedit.d.ts"
import { Format, NtExecutable, NtExecutableResource } from "resedit";
import { headerSize, isMachO, kinds, type MachO, readMachO, segmentOf, view } from "./mach_o.ts";

/**
 * The runtime base of an executable.
 *
 * @throws {Error} when the file is not an executable with a program that `deno compile` put there
 */
export function runtimeBaseOf(executable: Uint8Array): Uint8Array {
  const [first, second] = executable;
  if (first === 0x7f && second === 0x45) return elfBase(executable);
  if (first === 0x4d && second === 0x5a) return windowsBase(executable);
  if (isMachO(executable)) return machOBase(executable);
  throw new Error("Cannot find a runtime base: the file is no executable");
}

/** On Linux the program follows the table of sections, which ends the file otherwise. */
function elfBase(executable: Uint8Array): Uint8Array {
  const data = view(executable);
  const table = Number(data.getBigUint64(0x28, true));
  const end = table + data.getUint16(0x3a, true) * data.getUint16(0x3c, true);
  if (end >= executable.length) throw new Error("Cannot find the program in an ELF file");
  return executable.slice(0, end);
}

/** On Windows it is a resource, in a section of its own: the runtime base has no resources. */
function windowsBase(executable: Uint8Array): Uint8Array {
  const binary = NtExecutable.from(executable, { ignoreCert: true });
  if (!NtExecutableResource.from(binary).entries.some(({ id }) => id === "D3N0L4ND")) {
    throw new Error("Cannot find the program in a Windows executable");
  }
  const entry = Format.ImageDirectoryEntry.Resource;
  const section = binary.getSectionByEntry(entry)!;
  binary.setSectionByEntry(entry, null);
  const base = new Uint8Array(binary.generate());
  // The section was the last one: what it began at is how much memory the rest takes.
  const data = view(base);
  data.setUint32(data.getUint32(0x3c, true) + 24 + 56, section.info.virtualAddress, true);
  return base;
}

function machOBase(executable: Uint8Array): Uint8Array {
  const file = readMachO(executable);
  return file.cpu === "x64" ? appendedBase(executable, file) : segmentBase(executable, file);
}

/** On macOS for Intel it follows what counted as the end of the symbols' names, behind a mark. */
function appendedBase(executable: Uint8Array, file: MachO): Uint8Array {
  const mark = Buffer.concat([Buffer.from("<~sui-data~>"), Buffer.of(0xef, 0xbe, 0xad, 0xde)]);
  const bytes = Buffer.from(executable.buffer, executable.byteOffset, executable.byteLength);
  const end = bytes.lastIndexOf(mark);
  if (end < 0) throw new Error("Cannot find the program in a Mach-O file for x64");
  const base = executable.slice(0, end);
  const data = view(base);
  const links = segmentOf(file, "__LINKEDIT");
  data.setBigUint64(links.at + 32, BigInt(end - links.fileOffset), true);
  data.setBigUint64(links.at + 48, BigInt(end - links.fileOffset), true);
  const symbols = file.commands.find(({ type }) => type === kinds.symbolTable)!;
  data.setUint32(symbols.at + 20, end - data.getUint32(symbols.at + 16, true), true);
  return base;
}

/** Where load commands hold offsets into the file, by their kind. */
const offsetFields: Readonly<Record<number, readonly number[]>> = {
  [kinds.symbolTable]: [8, 16],
  [kinds.dynamicSymbolTable]: [32, 40, 48, 56, 64, 72],
  [kinds.codeSignature]: [8],
  // Function starts, data in code, and the two that replaced the next.
  0x26: [8],
  0x29: [8],
  0x80000033: [8],
  0x80000034: [8],
  // What the dynamic linker is to do.
  0x80000022: [8, 16, 24, 32, 40],
};

/** On macOS for ARM it is a segment of its own, before the last one. */
function segmentBase(executable: Uint8Array, file: MachO): Uint8Array {
  const program = segmentOf(file, "__SUI");
  const links = segmentOf(file, "__LINKEDIT");
  const commandsEnd = file.commands.at(-1)!.at + file.commands.at(-1)!.size;
  const base = Buffer.concat([
    executable.subarray(0, program.at),
    executable.subarray(program.at + program.size, commandsEnd),
    new Uint8Array(program.size),
    executable.subarray(commandsEnd, program.fileOffset),
    executable.subarray(program.fileOffset + program.fileSize),
  ]);
  const data = view(base);
  data.setUint32(16, file.commands.length - 1, true);
  data.setUint32(20, commandsEnd - program.size - headerSize, true);
  const moved = links.at - program.size;
  const address = data.getBigUint64(moved + 24, true);
  data.setBigUint64(moved + 24, address - BigInt(program.memorySize), true);
  data.setBigUint64(moved + 40, BigInt(links.fileOffset - program.fileSize), true);
  for (const command of readMachO(base).commands) {
    for (const field of offsetFields[command.type] ?? []) {
      const offset = data.getUint32(command.at + field, true);
      if (offset >= links.fileOffset) {
        data.setUint32(command.at + field, offset - program.fileSize, true);
      }
    }
  }
  return new Uint8Array(base);
}
