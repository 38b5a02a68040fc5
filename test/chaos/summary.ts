/** What a run was, for people. */
import type { Stage } from './calamities.ts';
import { faultKinds } from './fault-proxy.ts';
import { services } from './refusals.ts';

const mostBreachesShown = 50;

export function summarise(
  { backends, delegation, forger, witness }: Stage,
  { seed, settledAfterMs, tookMs }: { readonly seed: number; readonly settledAfterMs: number; readonly tookMs: number },
): string {
  const jobs = [...witness.jobs.values()];
  const ends = count(jobs.map(({ told }) => (told.status === 'failed' ? `failed with ${told.error?.code}` : told.status)));
  const faults = faultKinds.map(
    (kind) => [kind, services.reduce((sum, service) => sum + backends.proxies[service].counts[kind], 0)] as const,
  );
  const { forged, garbage, purges } = forger.counts;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  const lost = jobs.filter(({ told }) => told.timeline.some(({ event }) => event === 'worker_lost')).length;
  const lines = [
    ...witness.breaches.slice(0, mostBreachesShown).map((breach) => `BREACH ${breach}`),
    ...(witness.breaches.length > mostBreachesShown ? [`and ${witness.breaches.length - mostBreachesShown} more`] : []),
    `chaos: seed ${seed}: ${jobs.length} jobs (${list(ends)}), ${lost} of them over a lost worker; ` +
      `${delegation.kills} kills of Delegation (${delegation.failedStarts} failed starts), ${backends.kills} of the backends; ` +
      `faults: ${list(faults)}; messages: ${forged} forged, ${garbage} garbage, ${purges} purges; ` +
      `${witness.looks} answers compared; settled ${seconds(settledAfterMs)} after the last fault, ${seconds(tookMs)} in all: ` +
      `${witness.breaches.length === 0 ? 'no breach' : `${witness.breaches.length} breaches`}`,
  ];
  return lines.join('\n');
}

function count(names: readonly string[]): readonly (readonly [string, number])[] {
  return [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const).sort(([, a], [, b]) => b - a);
}

function list(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, number]) => `${number} ${name}`).join(', ');
}
