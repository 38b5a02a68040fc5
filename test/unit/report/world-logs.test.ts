import { agentKindOf } from '../../../report/read/agent-kind.ts';
import { idText } from '../../report/world/event-texts.ts';
import { drawWorld, logLines, quiet, requestsOf, usualNoise, worldFormats } from '../../report/world/world.ts';
import { idShapes } from '../../report/world/world-event.ts';

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('the logs of a world', () => {
  const formatSettings = { ...usualNoise, rate: 0.2 };

  it.each(worldFormats)('have every request once in format %s', (format) => {
    const world = drawWorld(21, formatSettings);
    const lines = logLines(world, format);
    const count =
      format === 'otel'
        ? lines.reduce((sum, line) => sum + line.split('"spanId"').length - 1, 0)
        : lines.length - (format === 'cloudfront' ? 2 : 0);
    expect(count).toBe(requestsOf(world).length);
    expect(logLines(world, format)).toEqual(lines);
  });

  it.each(worldFormats)('lose, double, shuffle and sample the same requests in format %s', (format) => {
    const world = drawWorld(22, {
      ...formatSettings,
      lostLines: true,
      doubledFiles: true,
      shuffledLines: true,
      sampling: { by: 'request', share: 0.1 },
    });
    const text = logLines(world, format).join('\n');
    const agents = requestsOf(world).filter(({ agentKind }) => agentKind === 'webhook' || agentKind === 'bot');
    const names = /Hookshot|Stripe\/1|Slackbot|Googlebot|bingbot|ELB-HealthChecker/g;
    expect(text.match(names)?.length).toBe(agents.length);
  });

  it('are sampled by caller with all requests of a caller, and by request with a weight', () => {
    const all = requestsOf(drawWorld(23));
    const byCaller = requestsOf(drawWorld(23, { ...usualNoise, sampling: { by: 'caller', share: 0.3 } }));
    const count = (requests: typeof all, caller: string | undefined): number =>
      requests.filter((request) => request.caller === caller).length;
    const callers = new Set(byCaller.map(({ caller }) => caller));
    expect(callers.size).toBeLessThan(new Set(all.map(({ caller }) => caller)).size);
    for (const caller of callers) expect(count(byCaller, caller)).toBe(count(all, caller));
    const byRequest = requestsOf(drawWorld(23, { ...usualNoise, sampling: { by: 'request', share: 0.1 } }));
    expect(byRequest.length / all.length).toBeCloseTo(0.1, 1);
    expect(new Set(byRequest.map(({ weight }) => weight))).toEqual(new Set([10]));
  });

  it('show an outage of one hour, and a caller with half of the traffic', () => {
    const world = drawWorld(24, { ...usualNoise, outage: true, dominantCaller: true });
    const failures = world.events.filter(({ status }) => status === 503).map(({ startMs }) => startMs);
    expect(Math.max(...failures) - Math.min(...failures)).toBeLessThanOrEqual(3_600_000);
    for (const { own, callers } of world.endpoints) {
      const calls = world.events.filter(({ route }) => route === own);
      const isSpread = calls[0]?.endpoint?.shape.arrival.pattern === 'visits';
      if (isSpread) expect(calls.filter(({ caller }) => caller === callers[0]).length / calls.length).toBeGreaterThan(0.4);
    }
  });

  it('have whole seconds of the end or of the start where the clock has no more', () => {
    const ends = requestsOf(drawWorld(25, { ...quiet, clock: 'second-of-end' })).map(({ startMs, waitMs = 0 }) =>
      Math.round((startMs + waitMs) * 1_000),
    );
    expect(ends.every((end) => end % 1_000_000 === 0)).toBe(true);
    expect(requestsOf(drawWorld(25, { ...quiet, clock: 'second-of-start' })).every(({ startMs }) => startMs % 1_000 === 0)).toBe(true);
  });

  it('never have a missing fact as 0 or less, and know callers and agents as a reader does', () => {
    for (const seed of seeds(3)) {
      const world = drawWorld(seed);
      for (const { heldMs = 1, waitMs = 1 } of requestsOf(world)) expect(Math.min(heldMs, waitMs)).toBeGreaterThan(0);
      for (const { agent, agentKind } of world.callers) expect([agent, agentKind]).toEqual([agent, agentKindOf(agent)]);
    }
  });

  it.each([
    ['number', /^\d{5,}$/],
    ['uuid', /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/],
    ['ulid', /^01JD[\dA-HJKMNP-TV-Z]{22}$/],
    ['ksuid', /^[\dA-Za-z]{27}$/],
    ['mongo', /^[\da-f]{24}$/],
    ['base64url', /^[\w-]{22}$/],
  ] as const)('write ids as %s, each different', (shape, pattern) => {
    const ids = seeds(3_000).map((ref) => idText(shape, ref));
    expect(ids.filter((id) => !pattern.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(idShapes).toContain(shape);
  });
});
