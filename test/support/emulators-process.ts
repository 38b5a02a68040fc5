/** Started by `useEmulators` as a process of its own, since the emulators are ES modules that Jest's module system does not load. */
import { startEmulators } from '../../local/emulators.ts';

const emulators = await startEmulators();
process.stdout.write(`${JSON.stringify(emulators)}\n`);
process.stdin.resume().on('end', () => process.exit(0)); // dies with the test that started it
