/** What the kit's methods reject with. */
import type { KillPoint, WorkerMoment } from './kills.ts';

/** The API refused a request, as it would a caller's. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  /** HTTP status, e.g. 422. */
  readonly status: number;
  /** The body of the answer (RFC 9457): `type`, `title`, `detail`, and `errors` with a pointer to each fault. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(`${status}: ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Every job ended, and no worker reached the point that a test wanted to look at. */
export class PointNotReachedError extends Error {
  override readonly name = 'PointNotReachedError';

  constructor({ before, after, nth = 1 }: WorkerMoment, passed: readonly KillPoint[]) {
    const wanted = before === undefined ? `after "${after}"` : `before "${before}"`;
    const points = passed.map(({ phase, operation }) => `${phase} "${operation}"`).join(', ');
    super(
      `No worker reached ${wanted}${nth === 1 ? '' : ` ${nth} times`} before every job had ended. They passed: ${points || 'nothing'}.`,
    );
  }
}
