/**
 * What jobs of the built-in types remember between two invocations, read from their code: the names of steps, the waits in their order (the
 * engine identifies them by number), and the members of checkpoints. A later version continues records that hold these.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';

export type Memory = Readonly<Record<string, { readonly version: number; readonly remembers: readonly string[] }>>;

/** @param root the repository */
export function memoryOf(root: string): Memory {
  return Object.fromEntries(
    catalogue.map(({ name, version }) => {
      // Both EC2 types share the folder `ec2`.
      const folders = [name, ...(name.endsWith('-instances') ? ['ec2'] : [])];
      const files = folders.flatMap((folder) => sourcesIn(join(root, 'lambdas', 'jobs', folder)));
      return [name, { version, remembers: files.flatMap((file) => remembered(readFileSync(file, 'utf8'))) }];
    }),
  );
}

/** @returns paths in the order of their names, whichever folder they are in */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
}

/** @returns the job types that remember something else than they did, under the same version */
export function changedMemory(then: Memory, now: Memory): readonly string[] {
  return Object.keys(then).filter((type) => {
    const [before, after] = [then[type], now[type]];
    if (before === undefined || after === undefined || after.version > before.version) return false;
    return after.version !== before.version || JSON.stringify(after.remembers) !== JSON.stringify(before.remembers);
  });
}

function remembered(code: string): readonly string[] {
  const steps = [...code.matchAll(/\bctx\.(step|sleep|waitUntil)\((?:\s*(['"`])(.*?)\2)?/g)].map(([, kind, , name = '']) =>
    `${kind} ${name}`.trim(),
  );
  // The type of a checkpoint is named where it is loaded.
  const types = [...code.matchAll(/checkpoint\.load<(\w+)>/g)].map(([, type]) => `checkpoint ${type}`);
  const members = [...code.matchAll(/interface (\w*Checkpoint)\b[^{]*\{([\s\S]*?)\n\}/g)].flatMap(([, type, body = '']) =>
    [...body.matchAll(/^ {2}readonly (\w+\??): ([^;]+);/gm)].map(([, member, kind]) => `${type}.${member}: ${kind}`),
  );
  return [...steps, ...types, ...members];
}
