/** The static files of the console, for whoever serves them: the local mode, the proxy of `delegation console`, a function of its own. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { contentSecurityPolicy } from './content-security-policy.ts';

export interface ConsoleFile {
  readonly body: Buffer;
  /** The body, compressed with Brotli. */
  readonly brotli: Buffer;
  readonly contentType: string;
  /** Everything but the length and the encoding of the body. */
  readonly headers: Readonly<Record<string, string>>;
}

export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Builds the files with esbuild in a checkout, and reads them from `dist/console/static` in the package.
 * @param connectSources origins besides its own that the page may call: that of the API and of the issuer of tokens
 * @returns the files by path, such as `/console/index.html`
 */
export async function consoleFiles(connectSources: readonly string[] = []): Promise<ConsoleFiles> {
  const bodies = await readBodies();
  const files = await Promise.all(
    [...bodies].map(async ([name, body]) => [`/console/${name}`, await toFile(name, body, connectSources)] as const),
  );
  return new Map(files);
}

async function readBodies(): Promise<ReadonlyMap<string, Buffer>> {
  if (extname(import.meta.filename) === '.ts') {
    const { bundleConsole } = await import('./console-bundle.ts');
    return bundleConsole(join(import.meta.dirname, '..'));
  }
  const folder = join(import.meta.dirname, '..', 'static');
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

async function toFile(name: string, body: Buffer, connectSources: readonly string[]): Promise<ConsoleFile> {
  const isPage = name.endsWith('.html');
  const headers = {
    'cache-control': isPage ? 'no-cache' : 'public, max-age=31536000, immutable',
    'content-security-policy': contentSecurityPolicy(connectSources),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  return { body, brotli: await compress(body), contentType: contentTypes[extname(name)] ?? 'application/octet-stream', headers };
}

async function compress(body: Buffer): Promise<Buffer> {
  return promisify(brotliCompress)(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });
}
