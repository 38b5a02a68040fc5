/** A function's handler, called in a scope that has its name. The query of this module's URL says which. */
import { functionScope } from './record-calls.ts';

const asked = new URL(import.meta.url).searchParams;
const { handler: real } = (await import(asked.get('of') ?? '')) as { handler: (...args: unknown[]) => unknown };

export const handler = (...args: unknown[]): unknown => functionScope.run(asked.get('name') ?? '', () => real(...args));
