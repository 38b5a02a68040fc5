/** A job type to start from. */
import type { ProposalFacts } from '../delegation-report.ts';
import { duration } from '../shown-number.ts';
import type { Evidence } from './evidence.ts';
import type { JudgedRule } from './rules.ts';
import type { Judgement } from './verdict.ts';

/** Longest name of a job type. */
const maxNameLength = 40;
/** Callers who came back, below which their 5th percentile says nothing. */
const minReturns = 20;

/** @returns null for what is not to be delegated */
export function proposalOf(
  { measured, held, limited }: Evidence,
  judged: readonly JudgedRule[],
  { verdict, advice }: Judgement,
): ProposalFacts | null {
  if (verdict !== 'delegate' && verdict !== 'probably') return null;
  const { tally, behaviour } = measured;
  const fired = new Set(judged.filter((rule) => rule.fired).map(({ id }) => id));
  const typicalSeconds = seconds(held.p50?.[1] ?? tally.held.quantile(0.5) ?? 0);
  const longest = tally.held.quantile(0.99) ?? 0;
  const timeoutSeconds = limited[0] > 0.001 ? null : Math.max(1, Math.ceil((3 * longest) / 1000));
  const deadlineSeconds = behaviour.slack.count < minReturns || !fired.has('C2a') ? null : seconds(behaviour.slack.quantile(0.05) ?? 0);
  const batchSize = fired.has('C5') ? 10 : null;
  const idempotencyKey = fired.has('C4');
  const type = typeName(tally.template.path);
  const texts = [
    `job type \`${type}\`, typically ${duration(typicalSeconds * 1000)}`,
    timeoutSeconds === null ? 'no time-out proposed (durations are cut off at a limit)' : `time-out ${duration(timeoutSeconds * 1000)}`,
    ...(deadlineSeconds === null ? [] : [`deadline ${duration(deadlineSeconds * 1000)}: only one in twenty came back sooner`]),
    ...(batchSize === null ? [] : ['many rows in one job']),
    ...(idempotencyKey ? ['an idempotency key from the client'] : []),
    ...(advice.includes('hybrid') ? ['`Prefer: wait=1`, so that short work still answers at once'] : []),
    ...(advice.includes('validate first') ? ['check the request before it is accepted: rejections are fast already'] : []),
  ];
  return { type, typicalSeconds, timeoutSeconds, deadlineSeconds, batchSize, idempotencyKey, text: texts.join(', ') };
}

const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000));

/** @returns such as `reports` for `/v1/reports` */
function typeName(template: string): string {
  const words = template.split('/').filter((part) => part !== '' && !part.startsWith('{') && !/^v\d+$|^\*$|^api$/.test(part));
  const name = words
    .slice(-2)
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, maxNameLength);
  return name === '' ? 'work' : name;
}
