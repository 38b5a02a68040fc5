import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties: { readonly Description?: string; readonly Code?: { readonly S3Key?: string } } }
    >
  >;
}

/** Bytes 18 and 19 of an ELF header. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const machines = { Arm: { cpu: 'arm64', machine: 0xb7 }, Intel: { cpu: 'x64', machine: 0x3e } } as const;

/**
 * Reads what an app synthesised: a stack for each architecture.
 * @param types the job types that must be there @throws Error that says what is missing
 */
export function checkSynthesised(folder: string, types: readonly string[]): void {
  for (const [stack, { cpu, machine }] of Object.entries(machines)) {
    const { Resources } = JSON.parse(readFileSync(join(folder, `${stack}.template.json`), 'utf8')) as Template;
    const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const assetOf = (type: string) => {
      const found = functions.find(({ Properties }) => Properties.Description?.includes(`does ${type} jobs`) === true);
      if (found === undefined) throw new Error(`${stack} has no function for ${type}.`);
      return join(folder, `asset.${String(found.Properties.Code?.S3Key).replace('.zip', '')}`);
    };
    // The API, the clock and the two workers of the service itself: bulk-action and group.
    if (functions.length !== types.length + 4) throw new Error(`${stack} has ${functions.length} functions.`);
    for (const type of types) {
      if (!readdirSync(assetOf(type)).includes('index.js')) throw new Error(`The asset of ${type} in ${stack} has no index.js.`);
    }
    if (!types.includes('run-query')) continue;
    for (const file of ['duckdb.node', 'libduckdb.so']) {
      const binding = join(assetOf('run-query'), 'node_modules', '@duckdb', `node-bindings-linux-${cpu}`, file);
      const found = readFileSync(binding).readUInt16LE(18);
      if (found !== machine) throw new Error(`${binding} is of the machine ${found}.`);
    }
  }
}
