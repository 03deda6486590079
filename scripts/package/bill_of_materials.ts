import { Buffer } from "node:buffer";
import { project } from "./project.ts";
import type { RuntimePackage } from "./runtime_packages.ts";

/** What {@linkcode billOfMaterials} describes. */
export interface Materials {
  /** The npm packages inside, with the licence that each declares. */
  packages: readonly (RuntimePackage & { license?: string })[];
  /** The version of the Deno runtime inside. */
  deno: string;
  /** The commit that was built. */
  commit?: string;
  /** The time that the bill carries. */
  date: Date;
}

/** The bill of materials of the executables, in CycloneDX 1.6 as JSON. */
export function billOfMaterials({ packages, deno, commit, date }: Materials): string {
  const program = `pkg:github/authful/mcp-proxy@v${project.version}`;
  const runtime = `pkg:github/denoland/deno@v${deno}`;
  const references = new Map(packages.map((each) => [`${each.name}@${each.version}`, purl(each)]));
  const nested = new Set(packages.flatMap((each) => each.dependencies));
  return `${
    JSON.stringify(
      {
        $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        version: 1,
        metadata: {
          timestamp: date.toISOString(),
          component: {
            type: "application",
            "bom-ref": program,
            name: project.name,
            version: project.version,
            description: project.description,
            licenses: [{ license: { id: project.license } }],
            purl: program,
            externalReferences: [{
              type: "vcs",
              url: project.repository,
              ...(commit && { comment: `commit ${commit}` }),
            }],
          },
        },
        components: [
          {
            type: "platform",
            "bom-ref": runtime,
            name: "deno",
            version: deno,
            description: "The JavaScript runtime inside the executables, with V8",
            licenses: [{ license: { id: "MIT" } }],
            purl: runtime,
          },
          ...packages.map((each) => ({
            type: "library",
            "bom-ref": purl(each),
            name: each.name,
            version: each.version,
            hashes: [{ alg: "SHA-512", content: sha512(each.integrity) }],
            ...(each.license && { licenses: [{ expression: each.license }] }),
            purl: purl(each),
          })),
        ],
        dependencies: [
          {
            ref: program,
            dependsOn: [
              runtime,
              ...[...references].filter(([id]) => !nested.has(id)).map(([, reference]) =>
                reference
              ),
            ],
          },
          ...packages.map((each) => ({
            ref: purl(each),
            dependsOn: each.dependencies.flatMap((id) => references.get(id) ?? []),
          })),
        ],
      },
      null,
      2,
    )
  }\n`;
}

/** The package URL of an npm package (purl specification, type npm). */
export function purl({ name, version }: { name: string; version: string }): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function sha512(integrity: string): string {
  const [, hash] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (!hash) throw new Error(`Cannot read the integrity ${JSON.stringify(integrity)}`);
  return Buffer.from(hash, "base64").toString("hex");
}
