/** Gives what the API loads later to functions that are one file. */
import * as eventBus from './adapters/eventbridge-event-bus.ts';
import * as gates from './gates.ts';
import * as deliveries from './jobs/deliver-webhook/announce-end.ts';
import type { Loaders } from './wiring.ts';

/**
 * Without `import()`: within one file it puts little off. esbuild then keeps the whole of each package that such an import reaches, and wraps its modules,
 * so that the clock's file was 15 % larger and took a quarter longer to load.
 */
export const loadedAtOnce: Loaders = {
  eventBus: async () => eventBus,
  deliveries: async () => deliveries,
  gates: async () => gates,
};
