/** From paths to endpoints: which template each request belongs to. */
import type { LoggedRequest } from '../read/logged-request.ts';

/** Where a template comes from, from the most trusted to the least. */
export type TemplateSource = 'log' | 'routes' | 'inferred' | 'function';

export interface Template {
  /** A path with placeholders, such as `/orders/{id}`. */
  readonly path: string;
  readonly source: TemplateSource;
}

/** Learns the paths of all requests, in any order, in bounded memory. */
export interface RouteLearner {
  readonly learn: (request: LoggedRequest) => void;
  /** @returns the table; the same for every order in which the requests were learnt */
  readonly finish: () => RouteTable;
}

export interface RouteTable {
  /** @returns the template of a request; undefined where nothing was learnt of its path */
  readonly templateOf: (request: LoggedRequest) => Template | undefined;
  /** Inferred templates with up to three shapes of paths that were grouped, letters as `a`, digits as `9`; sorted by path. */
  readonly inferred: readonly { readonly method: string; readonly path: string; readonly shapes: readonly string[] }[];
  /** Texts for the report, such as how many endpoints were merged. */
  readonly notes: readonly string[];
}
