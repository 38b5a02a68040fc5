/** Records the stateful resources of this version, with which later versions are compared: `npm run record`. */
import { readFileSync } from 'node:fs';
import { recordStateful } from './stateful.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
const { file, counts } = recordStateful(import.meta.dirname, version);
console.log(`${file}: ${counts.join(' and ')} resources`);
