// The part of resedit 3 that is used here. Its own types ask for the browser's library, which
// changes what global types mean in all of this program.

/** Numbers of the format. */
export const Format: { ImageDirectoryEntry: { Resource: number } };

/** A Windows binary. */
export class NtExecutable {
  /** Reads one; a signature is refused unless it is to be ignored. */
  static from(bytes: Uint8Array, options?: { ignoreCert?: boolean }): NtExecutable;
  /** The section that an entry of the directory names. */
  getSectionByEntry(entry: number): { info: { virtualAddress: number } } | null;
  /** Puts another section in the place of the one that an entry of the directory names. */
  setSectionByEntry(entry: number, section: null): void;
  /** Writes it. */
  generate(): ArrayBuffer;
}

/** One resource of a binary. */
export interface ResourceEntry {
  type: string | number;
  id: string | number;
  lang: string | number;
  codepage: string | number;
  bin: ArrayBuffer;
}

/** The resources of a binary. */
export class NtExecutableResource {
  /** Reads them. */
  static from(executable: NtExecutable): NtExecutableResource;
  /** All of them; changes count once they are written. */
  entries: ResourceEntry[];
  /** Writes them into a binary. */
  outputResource(executable: NtExecutable): void;
}

/** A language and the encoding of its texts. */
export interface Language {
  lang: number;
  codepage: number;
}

/** The version resource of a binary. */
export class VersionInfo {
  /** One without any values. */
  static createEmpty(): VersionInfo;
  /** Those that a binary has. */
  static fromEntries(entries: readonly ResourceEntry[]): VersionInfo[];
  /** The numbers. */
  fixedInfo: { fileVersionMS: number; fileVersionLS: number };
  /** Sets the version of the file. */
  setFileVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
  /** Sets the version of the product. */
  setProductVersion(
    major: number,
    minor: number,
    micro: number,
    revision: number,
    lang: number,
  ): void;
  /** Sets texts. */
  setStringValues(language: Language, values: Record<string, string>): void;
  /** The texts of a language. */
  getStringValues(language: Language): Record<string, string>;
  /** Puts it among the resources. */
  outputToResourceEntries(entries: ResourceEntry[]): void;
}

/** The kinds of resources. */
export const Resource: { VersionInfo: typeof VersionInfo };
