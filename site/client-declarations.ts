/** The types of the client, as the compiler writes them for its users. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @param root folder of the repository
 * @returns the text of each declaration file of `client`, by the name of its module: `index`, `job-handle`
 * @throws Error with what the compiler says where the client does not compile
 */
export function clientDeclarations(root: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'client-types-'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // Whether it compiles is asked by `npm run types`.
  const options =
    '--noCheck --strict --target es2024 --module nodenext --skipLibCheck --types node --rewriteRelativeImportExtensions --declaration';
  const output = ['--emitDeclarationOnly', '--outDir', folder];
  try {
    const entry = join(root, 'client', 'index.ts');
    execFileSync(process.execPath, [compiler, '--ignoreConfig', entry, ...options.split(' '), ...output], { cwd: root, encoding: 'utf8' });
    const files = readdirSync(folder).sort();
    return new Map(files.map((file) => [file.replace('.d.ts', ''), readFileSync(join(folder, file), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
