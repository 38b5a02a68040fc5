/** Records the stateful resources of this release, against which every later one is compared: `npm run record`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { deployments, statefulResources } from './stateful.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
const baseline = Object.fromEntries(Object.entries(deployments).map(([name, deployment]) => [name, statefulResources(deployment)]));
const file = new URL(`stateful-${version}.json`, import.meta.url);
writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
console.log(
  `${file.pathname}: ${Object.values(baseline)
    .map((resources) => Object.keys(resources).length)
    .join(' and ')} resources`,
);
