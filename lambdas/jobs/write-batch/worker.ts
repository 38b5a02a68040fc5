import { worker } from '../../worker/handler.ts';
import { contract } from './contract.ts';
import { definition } from './definition.ts';

export { definition };
export const handler = worker(contract, definition);
