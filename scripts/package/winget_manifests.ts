import { stringify } from "yaml";
import { targets } from "../build/targets.ts";
import { archiveName } from "./archive.ts";
import { downloadUrl, project } from "./project.ts";

/** The manifest format of winget that is written. */
const manifestVersion = "1.10.0";

/** What {@linkcode wingetManifests} needs to know of a release. */
export interface WingetRelease {
  /** The SHA-256 of each archive, by file name. */
  sums: Readonly<Record<string, string>>;
  /** The day of the release, as `2026-11-23`. */
  date: string;
  /** What changed, as Markdown. */
  notes: string;
}

/** The three manifests of a release, by their path in winget's repository. */
export function wingetManifests(release: WingetRelease): Record<string, string> {
  const { wingetIdentifier: identifier, version } = project;
  const directory = `manifests/${identifier[0]!.toLowerCase()}/${
    identifier.replace(".", "/")
  }/${version}`;
  const common = { PackageIdentifier: identifier, PackageVersion: version };
  return {
    [`${directory}/${identifier}.yaml`]: manifest("version", {
      ...common,
      DefaultLocale: "en-US",
    }),
    [`${directory}/${identifier}.installer.yaml`]: manifest("installer", {
      ...common,
      InstallerType: "zip",
      NestedInstallerType: "portable",
      NestedInstallerFiles: [
        { RelativeFilePath: "authful-mcp-proxy.exe", PortableCommandAlias: project.name },
      ],
      UpgradeBehavior: "uninstallPrevious",
      Commands: [project.name],
      ReleaseDate: release.date,
      Installers: installers(release.sums),
    }),
    [`${directory}/${identifier}.locale.en-US.yaml`]: manifest("defaultLocale", {
      ...common,
      PackageLocale: "en-US",
      Publisher: project.publisher,
      PublisherUrl: new URL(".", project.repository).href.replace(/\/$/, ""),
      PublisherSupportUrl: `${project.repository}/issues`,
      PackageName: project.title,
      PackageUrl: project.repository,
      License: project.license,
      LicenseUrl: `${project.repository}/blob/v${version}/LICENSE`,
      ShortDescription: project.description,
      Moniker: project.name,
      Tags: ["mcp", "model-context-protocol", "oauth", "oidc", "openid-connect", "proxy"],
      ReleaseNotes: release.notes,
      ReleaseNotesUrl: `${project.repository}/releases/tag/v${version}`,
    }),
  };
}

function installers(sums: Readonly<Record<string, string>>): unknown[] {
  return targets.filter((target) => target.os === "win32").map((target) => {
    const file = archiveName(target);
    const sum = sums[file];
    if (!sum) throw new Error(`Cannot write the winget manifests: no checksum of ${file}`);
    return {
      Architecture: target.cpu,
      InstallerUrl: downloadUrl(file),
      InstallerSha256: sum.toUpperCase(),
    };
  });
}

function manifest(type: string, content: Record<string, unknown>): string {
  const schema = `https://aka.ms/winget-manifest.${type}.${manifestVersion}.schema.json`;
  return `# yaml-language-server: $schema=${schema}\n${
    stringify({ ...content, ManifestType: type, ManifestVersion: manifestVersion }, {
      lineWidth: 0,
    })
  }`;
}
