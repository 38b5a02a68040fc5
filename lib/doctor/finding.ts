/** The findings that a check reports. */

/** `problem`: something does not work, or the next deploy would fail. `skipped`: the check could not be made, so nothing is known. */
export type Status = 'ok' | 'warning' | 'problem' | 'skipped';

export interface Finding {
  readonly status: Status;
  /** The result, in a sentence. */
  readonly found: string;
  /** The remedy, in a sentence. */
  readonly advice?: string;
  /** Commands that apply the remedy, or that show more. The doctor runs none of them. */
  readonly commands?: readonly string[];
  /** The IAM action that the check was denied. */
  readonly lacks?: string;
}

/** The remedy: at least a sentence or a command. */
type Remedy =
  | { readonly advice: string; readonly commands?: readonly string[] }
  | { readonly advice?: string; readonly commands: readonly string[] };

/** A finding with the check that reported it. */
export interface ReportedFinding extends Finding {
  /** A name such as `bootstrap`: stable, for scripts. */
  readonly check: string;
  /** The heading under which it is printed. */
  readonly group: string;
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, remedy: Remedy): Finding => ({ status: 'warning', found, ...remedy });
export const problem = (found: string, remedy: Remedy): Finding => ({ status: 'problem', found, ...remedy });
export const skipped = (found: string): Finding => ({ status: 'skipped', found });

/** `1 table`, `2 tables`. */
export const count = (n: number, singular: string, plural = `${singular}s`): string => `${n} ${n === 1 ? singular : plural}`;
