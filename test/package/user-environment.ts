import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a folder that holds one Node.js, for the PATH of a user. @returns the folder */
export function linkNode(folder: string, binary: string): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(binary, join(folder, 'node'));
  return folder;
}

/** @returns the variables of a terminal of a user: nothing of the script that runs a test */
export function userEnvironment(nodeFolder: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cafile|cache|https?.proxy)$)|NODE_OPTIONS|NODE_ENV|DELEGATION_|AWS_|CDK_|INIT_CWD)/i.test(name),
  );
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: [nodeFolder, ...path].join(':'), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', CI: '1' };
}
