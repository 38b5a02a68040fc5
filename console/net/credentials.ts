/** How the console's requests are authenticated. */

export interface Credentials {
  /** The headers of a request that is sent now. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** Called when the API answers `401`: starts another sign-in where there is one. */
  refused(): Promise<void>;
  /** Forgets what was kept in this tab; absent where nothing is. */
  readonly signOut?: () => void;
}

/** Thrown where the console cannot go on without the person: it says what to do. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}
