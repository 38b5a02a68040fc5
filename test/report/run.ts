/**
 * `npm run test:report`: the report on simulated services whose truth is known, in all kinds of noise.
 *
 *     npm run test:report -- --seeds 1000 --from 1
 *
 * Fails when an endpoint whose answer is needed at once gets the verdict `delegate`, or when a floor below is missed.
 */
import { parseArgs } from 'node:util';
import { wilson } from '../../report/measure/interval.ts';
import { judgeWorld } from './judge-world.ts';
import { allNoise, quiet, usualNoise, type WorldSettings } from './world/world.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } } });
const [seeds, from] = [Number(values.seeds), Number(values.from)];

/** Each seed has one of them, in turn. */
const noises: readonly (readonly [string, WorldSettings])[] = [
  ['usual noise', usualNoise],
  ['everything at once', allNoise],
  ['no noise', quiet],
  ['one caller with half of the traffic', { ...usualNoise, dominantCaller: true }],
  ['an outage', { ...usualNoise, outage: true }],
  ['half a day of traffic in two', { ...usualNoise, rate: 0.25 }],
  ['five days', { ...usualNoise, days: 5, rate: 0.6 }],
  ['callers sampled', { ...usualNoise, sampling: { by: 'caller', share: 0.3 } }],
  ['requests sampled', { ...usualNoise, sampling: { by: 'request', share: 0.3 } }],
  ['clocks of whole seconds', { ...usualNoise, clock: 'second-of-end', lostLines: true, doubledFiles: true }],
];

/** Precision of `delegate`, of `delegate` and `probably` together, and how many of those that could be delegated are found, of all kinds. */
const floors = { delegate: 0.95, likely: 0.9, recall: 0.06 };

const counts = { right: 0, wrong: 0, likelyRight: 0, likelyWrong: 0, delegable: 0 };
const wrong: string[] = [];
for (let seed = from; seed < from + seeds; seed++) {
  const [noise, settings] = noises[seed % noises.length] ?? ['', usualNoise];
  const { judged } = await judgeWorld(seed, settings);
  for (const { kind, truth, report } of judged) {
    if (truth === 'delegate') counts.delegable += 1;
    if (truth === 'hybrid' || (report.verdict !== 'delegate' && report.verdict !== 'probably')) continue;
    const isRight = truth === 'delegate';
    counts[isRight ? 'likelyRight' : 'likelyWrong'] += 1;
    if (report.verdict !== 'delegate') continue;
    counts[isRight ? 'right' : 'wrong'] += 1;
    if (!isRight) wrong.push(`seed ${seed} (${noise}): ${kind}, ${report.endpoint}: ${report.because}`);
  }
}

const share = (right: number, false_: number) => (right + false_ === 0 ? 0 : right / (right + false_));
const precision = share(counts.right, counts.wrong);
const [bound] = wilson(precision, counts.right + counts.wrong);
const likely = share(counts.likelyRight, counts.likelyWrong);
const recall = counts.right / counts.delegable;
for (const line of wrong) console.log(line);
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
console.log(
  `report: ${seeds} services, ${counts.right + counts.wrong} verdicts "delegate", ${counts.wrong} wrong (precision ${percent(precision)}, at least ${percent(bound)}); with "probably" ${counts.likelyRight + counts.likelyWrong}, precision ${percent(likely)}; ${percent(recall)} of ${counts.delegable} delegable endpoints found`,
);
// With few seeds the bound says little.
const isPrecise = seeds < 500 ? precision >= floors.delegate : bound >= floors.delegate;
if (counts.wrong > 0 || !isPrecise || likely < floors.likely || recall < floors.recall) process.exitCode = 1;
