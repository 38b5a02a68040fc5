/** The nemesis: kills processes, causes storms of faults, purges queues and forges messages, at random times. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backends } from './backends.ts';
import type { ClientHistory } from './client-history.ts';
import { services } from './error-responses.ts';
import type { QueueNemesis } from './queue-nemesis.ts';
import type { Random } from './random.ts';
import type { Delegation } from './restarted-local-mode.ts';

/** Share of requests that meet a fault, usually and in a storm. */
const faultRate = 0.08;
const stormRate = 0.7;

export interface ChaosRun {
  readonly backends: Backends;
  readonly delegation: Delegation;
  readonly queueNemesis: QueueNemesis;
  readonly history: ClientHistory;
}

/** Resolves when the time is over, all processes run again, and the proxies cause no more faults. */
export async function runNemesis(
  { backends, delegation, queueNemesis, history }: ChaosRun,
  durationMs: number,
  random: Random,
): Promise<void> {
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
  const ignoreFailure = (act: () => Promise<void>) => act().catch(() => undefined); // the queues may be dead at the moment
  await Promise.all([
    repeat('kill Delegation', 4_000, 10_000, () => delegation.killAndRestart()),
    repeat('kill backends', 8_000, 16_000, (chance) => backends.killAndRestart(chance.between(500, 4_000))),
    repeat('storm', 3_000, 7_000, async (chance) => {
      const proxy = chance.pick(proxies);
      proxy.faultRate = stormRate;
      await sleep(chance.between(1_000, 4_000));
      proxy.faultRate = faultRate;
    }),
    repeat('purge', 4_000, 9_000, () => ignoreFailure(() => queueNemesis.purge())),
    repeat('forge', 200, 800, () => ignoreFailure(() => queueNemesis.sendForged([...history.jobs.values()]))),
  ]);
  await sleep(Math.max(0, endsAtMs - Date.now()));
  for (const proxy of proxies) proxy.faultRate = 0;
}
