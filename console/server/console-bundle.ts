/** Bundles the console: one script, one style, one image and the page that names them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** What the licence of the two packages in the script asks for. */
const notice = '/*! Preact and @preact/signals, (c) Jason Miller and the Preact team, MIT licence: https://github.com/preactjs/preact */';

/**
 * @param folder of the console's sources
 * @returns the files by name; all but the page carry a hash of their content
 */
export async function bundleConsole(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const [script, style] = [bundle(join(folder, 'main.tsx')), bundle(join(folder, 'style', 'console.css'))];
  const favicon = await readFile(join(folder, 'favicon.svg'));
  const names = {
    SCRIPT: hashedName('app', 'js', script),
    STYLE: hashedName('app', 'css', style),
    FAVICON: hashedName('icon', 'svg', favicon),
  };
  const template = await readFile(join(folder, 'index.html'), 'utf8');
  const page = template.replace(/%(SCRIPT|STYLE|FAVICON)%/g, (_all, name: keyof typeof names) => names[name]);
  return new Map([
    ['index.html', Buffer.from(page)],
    [names.SCRIPT, script],
    [names.STYLE, style],
    [names.FAVICON, favicon],
  ]);
}

function bundle(entry: string): Buffer {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // Where `JSON.parse` gives the source text of numbers, which exact numbers need.
    target: ['chrome114', 'firefox135', 'safari18.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    banner: { js: notice },
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entry}.`);
  return Buffer.from(output.contents);
}

function hashedName(name: string, extension: string, body: Buffer): string {
  return `${name}-${createHash('sha256').update(body).digest('hex').slice(0, 10)}.${extension}`;
}
