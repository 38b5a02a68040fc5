import { isAccepted } from '../../../../lambdas/api/request/accept-header.ts';

it.each([
  [undefined, true],
  ['', true],
  [' ', true],
  ['text/event-stream', true],
  ['Text/Event-Stream; charset=utf-8', true],
  ['text/*', true],
  ['*/*', true],
  ['application/json, text/event-stream;q=0.1', true],
  ['text/event-stream;q=high', true],
  ['*/*;q=0, text/event-stream', true],
  ['text/*;q=0,*/*', false],
  ['text/event-stream;q=0', false],
  ['*/*, text/event-stream; Q=0.000', false],
  ['application/json', false],
  ['text/html,application/xhtml+xml', false],
  ['text', false],
  [',;=q,', false],
])('Accept: %s takes a stream of events: %s', (header, isTaken) => expect(isAccepted(header, 'text/event-stream')).toBe(isTaken));

it('is read in one pass, however long it is', () => {
  const startMs = performance.now();
  expect(isAccepted(',;'.repeat(1_000_000), 'text/event-stream')).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
