import { RetryableError, type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

export const definition = {
  async run({ to }, ctx) {
    const mail = async (template: string) => {
      const headers = { 'Idempotency-Key': ctx.idempotencyToken(template) };
      const body = JSON.stringify({ to, template });
      const answer = await fetch(String(process.env['MAIL_URL']), { method: 'POST', headers, body, signal: ctx.signal });
      if (!answer.ok) throw new RetryableError(`The mail service answered ${answer.status}.`);
    };
    await ctx.step('welcome', () => mail('welcome'));
    await ctx.sleep('before the tips', { days: 3 });
    await ctx.step('tips', () => mail('tips'));
    return { mails: 2 };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
