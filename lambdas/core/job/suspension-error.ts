import type { Suspension } from './transitions.ts';

/** Code of the service throws this to be suspended, where a wait with a name in the journal would be one too many: it looks at the record each time. */
export class SuspensionError extends Error {
  override readonly name = 'SuspensionError';
  readonly suspension: Suspension;
  constructor(suspension: Suspension) {
    super('The job waits.');
    this.suspension = suspension;
  }
}
