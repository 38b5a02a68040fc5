/** AWS's own runtime client for Node.js, which runs a function's handler in Lambda: its published JavaScript, without its compiled part. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The runtime client. Its messages name Node.js 24, the runtime of the functions. @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
export const version = '4.0.2';
const sha512 = 'FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==';
const build = join(__dirname, '..', '..', '.build');

/**
 * Fetches the package as it is published. It is not a dependency, since installing it compiles a library, which takes more than Node.
 * @returns the file that Lambda would start
 * @throws Error when the package is not the one that was reviewed
 */
export function runtimeClient(): string {
  const folder = join(build, `aws-lambda-ric-${version}`);
  const file = join(folder, 'package', 'index.mjs');
  if (existsSync(file)) return file;
  mkdirSync(build, { recursive: true });
  const fresh = mkdtempSync(join(build, 'aws-lambda-ric-'));
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `aws-lambda-ric@${version}`], {
    cwd: fresh,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const archive = join(fresh, `aws-lambda-ric-${version}.tgz`);
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found !== sha512) throw new Error(`aws-lambda-ric ${version} has the checksum ${found}, and not ${sha512}.`);
  execFileSync('tar', ['-xzf', archive], { cwd: fresh });
  rmSync(archive);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return file;
}
