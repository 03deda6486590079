/**
 * The parts of Apple's executable format (`mach-o/loader.h`) that an embedded program touches.
 *
 * @module
 */

/** A load command: it tells the kernel and the dynamic linker of one thing in the file. */
export interface LoadCommand {
  /** Its kind, `LC_…`. */
  readonly type: number;
  /** Where it begins. */
  readonly at: number;
  /** How long it is. */
  readonly size: number;
}

/** A part of the file that is mapped into memory. */
export interface Segment extends LoadCommand {
  /** What it is called, as `__TEXT`. */
  readonly name: string;
  /** Where its bytes begin in the file. */
  readonly fileOffset: number;
  /** How many they are. */
  readonly fileSize: number;
  /** How much memory it takes. */
  readonly memorySize: number;
}

/** What the header says. */
export interface MachO {
  /** The processor that it is for, as Node calls it. */
  readonly cpu: "x64" | "arm64";
  /** All commands, in their order. */
  readonly commands: readonly LoadCommand[];
  /** Those of them that are segments. */
  readonly segments: readonly Segment[];
}

/** The length of the header before the first load command. */
export const headerSize = 32;

/** The kinds of load commands that matter here. */
export const kinds = {
  symbolTable: 0x2,
  dynamicSymbolTable: 0xb,
  segment: 0x19,
  codeSignature: 0x1d,
  buildVersion: 0x32,
  minimumVersion: 0x24,
} as const;

/** Whether a file begins as a 64-bit one of Apple's does. */
export function isMachO(bytes: Uint8Array): boolean {
  return view(bytes).getUint32(0, true) === 0xfeedfacf;
}

/**
 * Reads the header and the load commands.
 *
 * @throws {Error} when it is not for a processor that a release covers
 */
export function readMachO(bytes: Uint8Array): MachO {
  const data = view(bytes);
  const type = data.getUint32(4, true);
  const cpu = { 0x01000007: "x64", 0x0100000c: "arm64" }[type] as MachO["cpu"] | undefined;
  if (!cpu) throw new Error(`Cannot read a Mach-O file for processor 0x${type.toString(16)}`);
  const commands: LoadCommand[] = [];
  let at = headerSize;
  for (let left = data.getUint32(16, true); left > 0; left--) {
    const size = data.getUint32(at + 4, true);
    commands.push({ type: data.getUint32(at, true), at, size });
    at += size;
  }
  const segments = commands.filter(({ type }) => type === kinds.segment).map((command) => ({
    ...command,
    name: new TextDecoder().decode(bytes.subarray(command.at + 8, command.at + 24))
      .replaceAll("\0", ""),
    memorySize: Number(data.getBigUint64(command.at + 32, true)),
    fileOffset: Number(data.getBigUint64(command.at + 40, true)),
    fileSize: Number(data.getBigUint64(command.at + 48, true)),
  }));
  return { cpu, commands, segments };
}

/** The segment of this name; throws when there is none. */
export function segmentOf(file: MachO, name: string): Segment {
  const segment = file.segments.find((each) => each.name === name);
  if (!segment) throw new Error(`Cannot find the segment ${name} in a Mach-O file`);
  return segment;
}

/** The bytes as numbers. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
