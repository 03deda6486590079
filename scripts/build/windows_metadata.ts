// @ts-types="./resedit.d.ts"
import { NtExecutable, NtExecutableResource, Resource } from "resedit";

/** What Windows shows of an executable: in its properties, the task manager and its warnings. */
export interface WindowsMetadata {
  /** What it is called. */
  title: string;
  /** What it does, in one sentence. */
  description: string;
  /** Who publishes it. */
  publisher: string;
  /** Its version, as Semantic Versioning writes it. */
  version: string;
  /** The name of its file. */
  file: string;
}

/** American English and Unicode, as nearly every program has them. */
const language = { lang: 1033, codepage: 1200 };

/**
 * The executable with metadata, and with all other resources as they were: `deno compile` keeps the
 * program itself in one, and has no flag for these.
 */
export function withWindowsMetadata(
  executable: Uint8Array,
  metadata: WindowsMetadata,
): Uint8Array {
  const { title, description, publisher, version, file } = metadata;
  const binary = NtExecutable.from(executable, { ignoreCert: true });
  const resources = NtExecutableResource.from(binary);
  const info = Resource.VersionInfo.fromEntries(resources.entries)[0] ??
    Resource.VersionInfo.createEmpty();
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map((part) => Number(part) || 0);
  info.setFileVersion(major, minor, patch, 0, language.lang);
  info.setProductVersion(major, minor, patch, 0, language.lang);
  info.setStringValues(language, {
    ProductName: title,
    FileDescription: description,
    CompanyName: publisher,
    LegalCopyright: `${publisher}, Apache-2.0`,
    OriginalFilename: file,
    ProductVersion: version,
    FileVersion: version,
  });
  info.outputToResourceEntries(resources.entries);
  resources.outputResource(binary);
  return new Uint8Array(binary.generate());
}
