/** The summary of a run, for people. */

import { services } from './error-responses.ts';
import { faultKinds } from './fault-proxy.ts';
import type { ChaosRun } from './nemesis.ts';

const maxViolationsShown = 50;

export function summarise(
  { backends, delegation, queueNemesis, history }: ChaosRun,
  { seed, settledAfterMs, tookMs }: { readonly seed: number; readonly settledAfterMs: number; readonly tookMs: number },
): string {
  const jobs = [...history.jobs.values()];
  const ends = count(jobs.map(({ lastSeen }) => (lastSeen.status === 'failed' ? `failed with ${lastSeen.error?.code}` : lastSeen.status)));
  const faults = faultKinds.map(
    (kind) => [kind, services.reduce((sum, service) => sum + backends.proxies[service].counts[kind], 0)] as const,
  );
  const { forged, garbage, purges } = queueNemesis.counts;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  const lost = jobs.filter(({ lastSeen }) => lastSeen.timeline.some(({ event }) => event === 'worker_lost')).length;
  const lines = [
    ...history.violations.slice(0, maxViolationsShown).map((violation) => `VIOLATION ${violation}`),
    ...(history.violations.length > maxViolationsShown ? [`and ${history.violations.length - maxViolationsShown} more`] : []),
    `chaos: seed ${seed}: ${jobs.length} jobs (${list(ends)}), ${lost} of them over a lost worker; ` +
      `${delegation.kills} kills of Delegation (${delegation.failedStarts} failed starts), ${backends.kills} of the backends; ` +
      `faults: ${list(faults)}; messages: ${forged} forged, ${garbage} garbage, ${purges} purges; ` +
      `${history.comparisons} answers compared; settled ${seconds(settledAfterMs)} after the last fault, ${seconds(tookMs)} in all: ` +
      `${history.violations.length === 0 ? 'no violation' : `${history.violations.length} violations`}`,
  ];
  return lines.join('\n');
}

function count(names: readonly string[]): readonly (readonly [string, number])[] {
  return [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const).sort(([, a], [, b]) => b - a);
}

function list(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, number]) => `${number} ${name}`).join(', ');
}
