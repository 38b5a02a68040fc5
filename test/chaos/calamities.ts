/** What befalls a run, and when: kills, storms of faults, purges, forgeries. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backends } from './backends.ts';
import type { Delegation } from './delegation.ts';
import type { Forger } from './forger.ts';
import type { Random } from './random.ts';
import { services } from './refusals.ts';
import type { Witness } from './witness.ts';

/** Of all requests, at any time, and in a storm. */
const faultRate = 0.08;
const stormRate = 0.7;

export interface Stage {
  readonly backends: Backends;
  readonly delegation: Delegation;
  readonly forger: Forger;
  readonly witness: Witness;
}

/** Resolves when the time is over, everything runs again, and no proxy makes faults any more. */
export async function unleash({ backends, delegation, forger, witness }: Stage, durationMs: number, random: Random): Promise<void> {
  const proxies = services.map((service) => backends.proxies[service]);
  for (const proxy of proxies) proxy.faultRate = faultRate;
  const endsAtMs = Date.now() + durationMs;
  const repeat = async (what: string, minMs: number, maxMs: number, act: (chance: Random) => Promise<void>) => {
    const chance = random.stream(what);
    while (true) {
      const pauseMs = chance.between(minMs, maxMs);
      if (Date.now() + pauseMs > endsAtMs) return;
      await sleep(pauseMs);
      await act(chance);
    }
  };
  const orNothing = (act: () => Promise<void>) => act().catch(() => undefined); // the queues may be dead at the moment
  await Promise.all([
    repeat('kill Delegation', 4_000, 10_000, () => delegation.killAndRestart()),
    repeat('kill backends', 8_000, 16_000, (chance) => backends.killAndRestart(chance.between(500, 4_000))),
    repeat('storm', 3_000, 7_000, async (chance) => {
      const proxy = chance.pick(proxies);
      proxy.faultRate = stormRate;
      await sleep(chance.between(1_000, 4_000));
      proxy.faultRate = faultRate;
    }),
    repeat('purge', 4_000, 9_000, () => orNothing(() => forger.purge())),
    repeat('forge', 200, 800, () => orNothing(() => forger.forge([...witness.jobs.values()]))),
  ]);
  await sleep(Math.max(0, endsAtMs - Date.now()));
  for (const proxy of proxies) proxy.faultRate = 0;
}
