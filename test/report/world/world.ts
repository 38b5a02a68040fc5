/**
 * A simulated service whose truth is known, so that the verdicts of `delegation report` can be compared with it.
 *
 *     const world = drawWorld(7, { ...usualNoise, outage: true });
 *     const requests: LoggedRequest[] = requestsOf(world);          // what a log with all information has
 *     const lines: string[] = logLines(world, 'nginx-json');        // the same events in a format
 *     world.endpoints.map(({ kind, own, truth, facts }) => …);      // `own.method` and `own.template` name the endpoint
 *
 * The same seed and settings always give the same world. The endpoints and what their callers intend depend on the seed alone.
 */
import { allKinds } from './all-kinds.ts';
import { dayMs, drawCalls } from './arrivals.ts';
import { drawBots, pollByPrograms } from './bystander-traffic.ts';
import { drawEndpoint, type Endpoint } from './endpoint.ts';
import { SeededDraw } from './seeded-draw.ts';
import { CallerRegistry, type WorldCaller } from './world-callers.ts';
import type { WorldEvent } from './world-event.ts';
import { usualNoise, type WorldSettings } from './world-settings.ts';
import type { WorldStage } from './world-stage.ts';

export { requestsOf } from './requests-of.ts';
export { allNoise, quiet, usualNoise, type WorldSettings } from './world-settings.ts';
export { logLines, type WorldFormat, worldFormats } from './write-logs.ts';

export interface World {
  readonly seed: number;
  readonly settings: WorldSettings;
  readonly startMs: number;
  readonly endMs: number;
  readonly endpoints: readonly Endpoint[];
  readonly callers: readonly WorldCaller[];
  /** What happened, in the order of the starts. A log may have lost, doubled, sampled or shuffled lines of it. */
  readonly events: readonly WorldEvent[];
}

/** A Monday. */
const firstDayMs = Date.UTC(2026, 10, 23);

/**
 * Draws a service and everything that happens in it.
 * @param seed a whole number
 * @throws Error when `settings.kinds` names an unknown kind, or fewer kinds than there are endpoints
 */
export function drawWorld(seed: number, settings: WorldSettings = usualNoise): World {
  const draw = new SeededDraw(seed);
  const registry = new CallerRegistry();
  const endMs = firstDayMs + (settings.days ?? 2) * dayMs;
  const outageMs = settings.outage ? firstDayMs + draw.fork(1).between(8, 40) * 3_600_000 : undefined;
  const stage: WorldStage = { events: [], settings, startMs: firstDayMs, endMs, outageMs };
  const people = registry.addPeople(draw.fork(2), settings);
  const endpoints = chooseKinds(draw.fork(3), settings).map((kind, index) =>
    drawEndpoint(index, { kind, draw: draw.fork(100 + index), people, registry }),
  );
  for (const endpoint of endpoints) {
    drawCalls(stage, endpoint, draw.fork(200 + endpoint.index));
    const isPolledByPrograms = settings.polling && endpoint.isPolled && endpoint.kind.callers.who === 'programs';
    if (isPolledByPrograms) pollByPrograms(stage, endpoint, draw.fork(300 + endpoint.index));
  }
  if (settings.bots) drawBots(stage, registry, draw.fork(4));
  const events = stage.events.filter(({ startMs, waitMs }) => startMs >= firstDayMs && startMs + waitMs <= endMs);
  events.sort((a, b) => a.startMs - b.startMs);
  return { seed, settings, startMs: firstDayMs, endMs, endpoints, callers: registry.callers, events };
}

function chooseKinds(draw: SeededDraw, { kinds, endpoints = 8 }: WorldSettings): typeof allKinds {
  const unknown = kinds?.filter((name) => !allKinds.some((kind) => kind.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`No kind of endpoint is called ${unknown.join(', ')}.`);
  const eligible = kinds === undefined ? allKinds : allKinds.filter(({ name }) => kinds.includes(name));
  if (eligible.length < endpoints) throw new Error(`A world of ${endpoints} endpoints needs as many kinds (were ${eligible.length}).`);
  return draw.shuffle(eligible).slice(0, endpoints);
}
