import { PermanentError } from '../../../../../lambdas/core/contract/errors.ts';
import { receiveError, sendError } from '../../../../../lambdas/jobs/run-query/engine/query-messages.ts';

it('marks a message that is truncated, and never ends inside a character', () => {
  const sent = sendError(new PermanentError(`x${'😀'.repeat(10_000)}`, { code: 'sql_error', details: { line: 1 } }));
  expect(sent.message).toMatch(/^x(?:😀)+…$/u);
  expect(sent.message.length).toBeLessThanOrEqual(8_000);
  expect(receiveError(sent)).toMatchObject({ code: 'sql_error', retryable: false, details: { line: 1 } });
});
it('sends a short message as it is', () => expect(sendError(new PermanentError('no', { code: 'x' })).message).toBe('no'));
