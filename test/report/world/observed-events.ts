/** What is in the logs of a world: which events, in which order, and what the clock showed. */
import { SeededDraw } from './seeded-draw.ts';
import type { World } from './world.ts';
import type { WorldEvent } from './world-event.ts';

export interface ObservedEvent {
  readonly event: WorldEvent;
  /** Place in the order of what happened: the request's id. */
  readonly number: number;
  /** The start by the log's clock. */
  readonly startMs: number;
  readonly endMs: number;
}

/** @returns the events in the order of their lines, after losses, copies, sampling and shuffling */
export function observe({ seed, settings, events, callers, startMs }: World): readonly ObservedEvent[] {
  const draw = new SeededDraw(seed).fork(5);
  const { sampling } = settings;
  const isSampledCaller = callers.map(() => sampling?.by !== 'caller' || draw.chance(sampling.share));
  const doubledHours = new Set(Array.from({ length: 24 * (settings.days ?? 2) }, (_, hour) => hour).filter(() => draw.chance(0.05)));
  const observed: ObservedEvent[] = [];
  events.forEach((event, number) => {
    // Drawn for each event, so that one setting does not change what another one does.
    const [lost, sampled] = [draw.next(), draw.next()];
    if (settings.lostLines && lost < 0.001) return;
    if (sampling?.by === 'request' && sampled >= sampling.share) return;
    if (isSampledCaller[event.caller.index] === false) return;
    const shownMs = shownStart(event, settings.clock);
    observed.push({ event, number, startMs: shownMs, endMs: shownMs + event.waitMs });
  });
  const isDoubled = ({ event }: ObservedEvent): boolean => doubledHours.has(Math.floor((event.startMs - startMs) / 3_600_000));
  const all = settings.doubledFiles ? [...observed, ...observed.filter(isDoubled)] : observed;
  return settings.shuffledLines ? draw.shuffle(all) : all;
}

function shownStart({ startMs, waitMs }: WorldEvent, clock: World['settings']['clock']): number {
  if (clock === 'second-of-start') return startMs - (startMs % 1_000);
  return clock === 'second-of-end' ? startMs - ((startMs + waitMs) % 1_000) : startMs;
}
