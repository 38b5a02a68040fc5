import type { Endpoint } from '../../report/world/endpoint.ts';
import { drawWorld, quiet, type World } from '../../report/world/world.ts';
import type { WorldEvent } from '../../report/world/world-event.ts';

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const minute = 60_000;

describe('what callers do', () => {
  const worlds = seeds(60).map((seed) => drawWorld(seed, { ...quiet, days: 4 }));

  /** Counts what was drawn, and what the facts expect, for each kind and for all kinds together. */
  function compare(
    fact: (endpoint: Endpoint) => number,
    share: (endpoint: Endpoint, world: World) => readonly boolean[],
  ): readonly string[] {
    const sums = new Map<string, { drawn: number; expected: number; variance: number }>();
    for (const world of worlds) {
      for (const endpoint of world.endpoints) {
        const [trials, p] = [share(endpoint, world), fact(endpoint)];
        for (const name of [endpoint.kind.name, 'all']) {
          const sum = sums.get(name) ?? { drawn: 0, expected: 0, variance: 0 };
          sum.drawn += trials.filter(Boolean).length;
          sum.expected += trials.length * p;
          sum.variance += trials.length * p * (1 - p);
          sums.set(name, sum);
        }
      }
    }
    // 4.5 standard deviations, and one more for what the world's end and sums of few cut off.
    const isOff = ({ drawn, expected, variance }: { drawn: number; expected: number; variance: number }): boolean =>
      Math.abs(drawn - expected) > 4.5 * Math.sqrt(variance) + 1 + expected * 0.001;
    return [...sums].filter(([, sum]) => isOff(sum)).map(([name, { drawn, expected }]) => `${name}: ${drawn}, not ${expected.toFixed(1)}`);
  }

  /** For each answer that arrived well before the end: what followed it, and how long after it. */
  function followed(
    { own }: Endpoint,
    { events, endMs }: World,
    matches: (event: WorldEvent, delayMs: number) => boolean,
  ): readonly boolean[] {
    const first = new Map<WorldEvent, WorldEvent>();
    for (const event of events) {
      const isBecause = ['read', 'come-back', 'go-on', 'again'].includes(event.why);
      if (isBecause && event.follows !== undefined && !first.has(event.follows)) first.set(event.follows, event);
    }
    return events
      .filter(
        ({ route, outcome, startMs }) => route === own && (outcome === 'ok' || outcome === 'redirect') && startMs < endMs - 300 * minute,
      )
      .map((answer) => {
        const next = first.get(answer);
        return next !== undefined && matches(next, next.startMs - answer.startMs - answer.waitMs);
      });
  }

  const isRead = ({ why }: WorldEvent): boolean => why === 'read' || why === 'come-back';

  it.each([
    ['reads within 5 s', ({ facts }: Endpoint) => facts.readsWithin5s, (event: WorldEvent, ms: number) => isRead(event) && ms <= 5_000],
    ['comes back later', ({ facts }: Endpoint) => facts.comesBackLater, (event: WorldEvent, ms: number) => isRead(event) && ms > 5_000],
    ['resumes within 2 s', ({ facts }: Endpoint) => facts.resumesWithin2s, (_: WorldEvent, ms: number) => ms <= 2_000],
    [
      'calls again within 30 s',
      ({ facts }: Endpoint) => facts.callsAgainWithin30s,
      (event: WorldEvent, ms: number) => event.why === 'again' && ms <= 30_000,
    ],
    ['does something', ({ facts }: Endpoint) => 1 - facts.nothingFollows, () => true],
  ] as const)('%s as often as the facts say', (_, fact, matches) => {
    expect(compare(fact, (endpoint, world) => followed(endpoint, world, matches))).toEqual([]);
  });

  const attempts = (event: WorldEvent): number => (event.why === 'repeat' && event.follows !== undefined ? 1 + attempts(event.follows) : 1);
  const repeated =
    (outcomes: readonly string[]) =>
    ({ own }: Endpoint, { events, endMs }: World): readonly boolean[] => {
      const answered = new Set(events.filter(({ why }) => why === 'repeat').map(({ follows }) => follows));
      return events
        .filter(
          (event) => event.route === own && outcomes.includes(event.outcome) && attempts(event) < 3 && event.startMs < endMs - 60 * minute,
        )
        .map((event) => answered.has(event));
    };

  it('repeats failures as often as the facts say', () => {
    expect(compare(({ facts }) => facts.repeatsAfterFailure, repeated(['failed', 'timeout']))).toEqual([]);
  });

  it('hangs up as patience says, and repeats 40 % of the hang-ups', () => {
    let [hangUps, waits, repeats, chances] = [0, 0, 0, 0];
    for (const seed of seeds(15)) {
      const world = drawWorld(seed, { kinds: ['report', 'video-conversion'], endpoints: 2, hangUps: true });
      const calls = world.events.filter(({ why, caller }) => (why === 'call' || why === 'repeat') && caller.isPerson);
      hangUps += calls.filter(({ outcome }) => outcome === 'hangup').length;
      waits += calls.length;
      for (const endpoint of world.endpoints) {
        const trials = repeated(['hangup'])(endpoint, world);
        repeats += trials.filter(Boolean).length;
        chances += trials.length;
      }
    }
    expect(hangUps / waits).toBeGreaterThan(0.1);
    expect(hangUps / waits).toBeLessThan(0.5);
    expect(repeats / chances).toBeCloseTo(0.4, 1);
  });
});
