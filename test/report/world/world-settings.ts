/** What a world can be asked for: its size, and each kind of noise on or off. */

export interface WorldSettings {
  /** @default 2 */
  readonly days?: number;
  /** Factor on how often everything happens. @default 1 */
  readonly rate?: number;
  /** How many endpoints the service has; each is of another kind. @default 8 */
  readonly endpoints?: number;
  /** Names of the kinds to draw from. @default all of them */
  readonly kinds?: readonly string[];
  /** How people are known to the log. `drawn` chooses `user` or `address` for each world. @default 'drawn' */
  readonly peopleKnownBy?: 'drawn' | 'user' | 'address';
  /** People wait with log-normal patience (median 25 s) and then close the connection; 40 % of them try again. */
  readonly hangUps?: boolean;
  /** In a third of the endpoints, the caller's page reads the list every few seconds, regardless of any answer. */
  readonly polling?: boolean;
  /** People open other pages at random times around their calls. */
  readonly browsing?: boolean;
  /** Crawlers, scanners, health checks and static files. */
  readonly bots?: boolean;
  /** Answers of one size differ by a byte or two in a third of the endpoints, as the length of an id does. */
  readonly wobblingSizes?: boolean;
  /** One caller sends half of the traffic of each endpoint. */
  readonly dominantCaller?: boolean;
  /** The service fails for one hour of the first two days. */
  readonly outage?: boolean;
  /** What the clock shows: milliseconds, or whole seconds of the start or of the end. @default 'ms' */
  readonly clock?: 'ms' | 'second-of-start' | 'second-of-end';
  /** One line in a thousand is missing. */
  readonly lostLines?: boolean;
  /** One hour in twenty is in the logs twice, as a file that was copied twice. */
  readonly doubledFiles?: boolean;
  readonly shuffledLines?: boolean;
  /** Keeps a share of the requests, or all requests of a share of the callers. */
  readonly sampling?: { readonly by: 'request' | 'caller'; readonly share: number };
}

/** No noise: what the callers do because of the answers, and nothing else. */
export const quiet = {} as const satisfies WorldSettings;

/** The noise that every service has. This is what `drawWorld` uses where no settings are given. */
export const usualNoise = {
  hangUps: true,
  polling: true,
  browsing: true,
  bots: true,
  wobblingSizes: true,
} as const satisfies WorldSettings;

/** Everything at once, apart from sampling. */
export const allNoise = {
  ...usualNoise,
  dominantCaller: true,
  outage: true,
  clock: 'second-of-end',
  lostLines: true,
  doubledFiles: true,
  shuffledLines: true,
} as const satisfies WorldSettings;
