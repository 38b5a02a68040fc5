/** What the compiler knows of a client: inputs, results and signals by job type. `npm run types` is the test; an expected error that is none fails there. */
import * as z from 'zod';
import { createClient } from '../../../client/index.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const greet = defineJobType({
  ...contractLimits,
  name: 'greet',
  description: 'Greets somebody.',
  input: z.strictObject({ name: z.string(), times: z.int().default(1) }),
  output: z.strictObject({ greeting: z.string() }),
  signals: { stop: z.strictObject({ why: z.string() }) },
  timeoutSeconds: 30,
});
const jobTypes = { greet };
/** Written by hand, as a type: an interface would have no index signature. */
type Written = {
  readonly sum: { readonly input: { readonly numbers: readonly number[] }; readonly output: { readonly sum: number } };
};
const url = 'http://127.0.0.1:1';

/** It is compiled and never called. */
async function compiled(): Promise<void> {
  const typed = createClient<typeof jobTypes>({ url });
  const job = await typed.submit('greet', { name: 'Ada' });
  const result = await job.result();
  result.greeting satisfies string;
  await job.signal('stop', { why: 'enough' });
  // @ts-expect-error the name is missing
  await typed.submit('greet', { times: 1 });
  // @ts-expect-error there is no such type
  await typed.submit('great', { name: 'Ada' });
  // @ts-expect-error the result has no such member
  result.greetings;
  // @ts-expect-error the payload of the signal is another
  await job.signal('stop', { because: 'enough' });
  // @ts-expect-error the type has no such signal
  await job.signal('go', {});
  await typed.batch([{ type: 'greet', input: { name: 'Ada' }, key: 'a' }]);
  await typed.submit('greet', { name: 'Ada' }, { webhookUrl: null, deadline: new Date() });
  (await job.retry({ webhookUrl: null, webhookEvents: ['ended'], deadline: new Date() })) satisfies typeof job;
  const [one] = await typed.batch([{ type: 'greet', input: { name: 'Ada' } }]);
  one?.isReplay satisfies boolean | undefined;
  const { group, results } = await typed.batch([{ type: 'greet', input: { name: 'Ada' } }], { group: { webhookUrl: null } });
  group satisfies string;
  results[0]?.isReplay satisfies boolean | undefined;
  for await (const member of typed.groups.jobs(group)) member.type satisfies 'greet';
  (await typed.groups.seal(group)).counts.refused satisfies number;
  // @ts-expect-error a batch without a group names none
  (await typed.batch([])).group;
  // @ts-expect-error the input is of no type
  await typed.batch([{ type: 'greet', input: { numbers: [] } }]);

  const written = createClient<Written>({ url });
  (await written.run('sum', { numbers: [1, 2] })).sum satisfies number;
  // @ts-expect-error a text is not a number
  await written.run('sum', { numbers: ['1'] });

  const any = createClient({ url });
  (await any.run('anything', { of: 'any form' })) satisfies unknown;
}

it('is compiled', () => expect(compiled).toBeInstanceOf(Function));
