import { Stop } from '../../../../lambdas/core/job/stop.ts';

const reason = new Error('over');

it('calls each listener once, in the order in which they came, and keeps the first reason', () => {
  const stop = new Stop();
  const heard: string[] = [];
  const removed = () => heard.push('removed');
  for (const listener of [() => heard.push('first'), removed, () => heard.push('second')]) stop.addEventListener('abort', listener);
  stop.removeEventListener('abort', removed);
  expect(stop.aborted).toBe(false);
  stop.throwIfAborted();
  stop.stop(reason);
  stop.stop(new Error('later'));
  stop.addEventListener('abort', () => heard.push('too late'));
  expect(heard).toEqual(['first', 'second']);
  expect([stop.aborted, stop.reason]).toEqual([true, reason]);
  expect(() => stop.throwIfAborted()).toThrow(reason);
});

it.each(['before', 'after'])('makes one signal that aborts with its reason, asked for %s the stop', (when) => {
  const stop = new Stop();
  const early = when === 'before' ? stop.signal : undefined;
  let events = 0;
  early?.addEventListener('abort', () => (events += 1));
  expect(early?.aborted ?? false).toBe(false);
  stop.stop(reason);
  expect(stop.signal.aborted).toBe(true);
  expect(stop.signal.reason).toBe(reason);
  expect(stop.signal).toBe(early ?? stop.signal);
  expect(events).toBe(when === 'before' ? 1 : 0);
});
