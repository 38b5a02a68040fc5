/** What a check reports. */

/** `problem`: something does not work, or the next deploy would fail. `skipped`: the check could not be made, so nothing is known. */
export type Status = 'ok' | 'warning' | 'problem' | 'skipped';

export interface Finding {
  readonly status: Status;
  /** What was found, in a sentence. */
  readonly found: string;
  /** What to do about it, in a sentence. */
  readonly advice?: string;
  /** Commands that do it, or that show more. None of them is run here. */
  readonly commands?: readonly string[];
  /** The IAM action that the check was denied. */
  readonly lacks?: string;
}

/** What to do: at least a sentence or a command. */
type Remedy =
  | { readonly advice: string; readonly commands?: readonly string[] }
  | { readonly advice?: string; readonly commands: readonly string[] };

/** A finding with the check that made it. */
export interface ReportedFinding extends Finding {
  /** Such as `bootstrap`: stable, for scripts. */
  readonly check: string;
  /** The heading that it is printed below. */
  readonly group: string;
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, remedy: Remedy): Finding => ({ status: 'warning', found, ...remedy });
export const problem = (found: string, remedy: Remedy): Finding => ({ status: 'problem', found, ...remedy });
export const skipped = (found: string): Finding => ({ status: 'skipped', found });

/** `1 table`, `2 tables`. */
export const count = (n: number, singular: string, plural = `${singular}s`): string => `${n} ${n === 1 ? singular : plural}`;
