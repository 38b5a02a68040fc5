/** Inspects Lambda's runtime from inside a function. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of Lambda's runtime client. @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
const folder = '/var/runtime';

export interface Runtime {
  readonly node: string;
  /** Release of the runtime client, if it has one, and whether the client ends an invocation whose event loop is empty. */
  readonly client: string;
  readonly files: string[];
}

export function lookAtRuntime(at = folder): Runtime {
  const files = existsSync(at) ? readdirSync(at).sort() : [];
  const texts = files.filter((name) => /\.(json|m?js)$/.test(name)).map((name) => readFileSync(join(at, name), 'utf8'));
  const release = texts
    .map((text) => /"version":\s*"([^"]+)"|aws-lambda-nodejs\/(\d[\w.]*)/.exec(text)?.slice(1).find(Boolean))
    .find(Boolean);
  const listens = texts.some((text) => text.includes('beforeExit'));
  const client =
    files.length === 0 ? 'none: this is not Lambda' : `${release ?? 'unnamed'}, ${listens ? 'listens' : 'does not listen'} to beforeExit`;
  return { node: process.version, client, files: files.slice(0, 100) };
}
