/** The types of `ctx.run` and `ctx.runAll`: the compiler is the test, so each line that must not compile says so. */
import * as z from 'zod';
import type { JobContext } from '../../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../../lambdas/core/contract/contract.ts';
import { contractLimits } from '../../../support/contract-limits.ts';

const limits = { ...contractLimits, description: 'Is described.' } as const;
const count = defineJobType({
  ...limits,
  name: 'count-rows',
  input: z.strictObject({ table: z.string(), sample: z.number().default(1) }),
  output: z.strictObject({ rows: z.number() }),
});
const mail = defineJobType({
  ...limits,
  name: 'send-mail',
  input: z.strictObject({ to: z.string() }),
  output: z.strictObject({ id: z.string() }),
});

/** Is compiled, and never called. */
async function typed(ctx: JobContext): Promise<void> {
  const one: { rows: number } = await ctx.run('a', count, { table: 'users' });
  await ctx.run('b', count, { table: 'users', sample: 2 }, { startAt: '2026-12-01T00:00:00Z' });
  // @ts-expect-error the input is that of the contract
  await ctx.run('c', count, { tables: 'users' });
  // @ts-expect-error and so is the result
  const wrong: { id: string } = await ctx.run('d', count, { table: 'users' });
  const unknown: unknown = await ctx.run('e', 'count-rows', { anything: 1 });
  // @ts-expect-error of a name nothing is known
  const guessed: { rows: number } = await ctx.run('f', 'count-rows', {});

  const [counted, mailed, other] = await ctx.runAll([
    { name: 'g', type: count, input: { table: 'users' } },
    { name: 'h', type: mail, input: { to: 'a@example.com' } },
    { name: 'i', type: 'count-rows', input: 1 },
  ]);
  const [rows, id, nothing]: [number, string, unknown] = [counted.rows, mailed.id, other];
  const all: readonly { rows: number }[] = await ctx.runAll(['a', 'b'].map((table) => ({ name: table, type: count, input: { table } })));
  const misfit = { name: 'k', type: mail, input: { table: 'users' } };
  // @ts-expect-error each element has the input of its own contract
  await ctx.runAll([misfit]);
  void [one, wrong, unknown, guessed, rows, id, nothing, all];
}

it('compiles', () => expect(typed).toHaveLength(1));
