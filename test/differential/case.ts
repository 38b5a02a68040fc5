/** What `python/make.py` prints for each case. */

export interface ExpectedColumn {
  /** null where the file gives none that must be kept. */
  readonly name: string | null;
  /** What the column may become: `types.ts` has the list. */
  readonly class: string;
}

export interface Case {
  readonly name: string;
  readonly kind: string;
  readonly folder: string;
  /** As in the input of run-query, without its url. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Key of the object, or the prefix of several. */
  readonly key: string;
  readonly objects: readonly { readonly key: string; readonly path: string; readonly size: number }[];
  readonly outcome: 'rows' | 'refused' | 'either';
  readonly columns: readonly ExpectedColumn[];
  readonly rowCount: number;
  /** Path of the rows, a JSON array a line. */
  readonly expected: string;
  /** Keys that a refusal must name. */
  readonly faulty: readonly string[];
  /** First and last line of which a refusal must name one. */
  readonly lines: readonly [number, number] | null;
  readonly notes: { readonly allNamed?: boolean };
}

export interface Read {
  readonly kind: 'rows';
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly sources?: Readonly<Record<string, SourceReport>> | undefined;
}

/** What the result says about a source that was read. */
export interface SourceReport {
  readonly objects: number;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface Refused {
  readonly kind: 'error';
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Outcome = Read | Refused;
