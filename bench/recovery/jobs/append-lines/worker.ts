import { type WorkerDefinition, worker } from 'delegation-aws/worker';
import { appendLines } from '../../append-lines.ts';
import { contract } from './contract.ts';

export const definition = {
  async run(task) {
    await appendLines(task);
    return {};
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
