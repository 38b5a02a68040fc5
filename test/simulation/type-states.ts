/** The states that an operator gave to job types, and what machines may still do by the state before. */

/** One change of a job type's state, and its end. */
export interface TypeStateChange {
  readonly state: 'paused' | 'draining';
  readonly askedMs: number;
  /** When the API confirmed the change. */
  appliedMs?: number;
  endAskedMs?: number;
  endAppliedMs?: number;
}

/** A claim or a submission may be under way when the state of a type changes. */
const typeStateAppliesMs = 15_000;

export class TypeStates {
  /** The change of each type, at most one and its end. */
  readonly changes = new Map<string, TypeStateChange>();
  private readonly nowMs: () => number;
  private readonly isTimely: boolean;

  /** @param isTimely every machine learns of a change in time, since no request fails */
  constructor(nowMs: () => number, isTimely: boolean) {
    this.nowMs = nowMs;
    this.isTimely = isTimely;
  }

  /** @returns whether the type is in this state, and every machine knows it */
  isIn(type: string, state: TypeStateChange['state']): boolean {
    const known = this.changes.get(type);
    return (
      known?.state === state &&
      known.endAskedMs === undefined &&
      this.nowMs() > (known.appliedMs ?? Number.POSITIVE_INFINITY) + typeStateAppliesMs
    );
  }

  /** @returns whether an answer that was given in this time may be by the state, and whether it may be without it */
  during(type: string, state: TypeStateChange['state'], fromMs: number, toMs: number): { readonly may: boolean; readonly mayNot: boolean } {
    const known = this.changes.get(type);
    if (known?.state !== state || known.askedMs > toMs) return { may: false, mayNot: true };
    const appliedMs = (known.appliedMs ?? Number.POSITIVE_INFINITY) + typeStateAppliesMs;
    const endsMs = (known.endAppliedMs ?? Number.POSITIVE_INFINITY) + typeStateAppliesMs;
    if (!this.isTimely) return { may: true, mayNot: true };
    return { may: fromMs <= endsMs, mayNot: appliedMs > fromMs || (known.endAskedMs ?? Number.POSITIVE_INFINITY) <= toMs };
  }
}
