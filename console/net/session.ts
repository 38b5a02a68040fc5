/** What this page knows for as long as it is open: which deployment it shows, and who calls. */
import { signal } from '@preact/signals';
import type { MeResource } from '../../lambdas/api/openapi/service-schemas.ts';
import { ApiCalls } from './api-calls.ts';
import { type ConsoleConfig, parseConfig } from './console-config.ts';
import { openCredentials } from './open-credentials.ts';

export interface Session {
  readonly config: ConsoleConfig;
  readonly api: ApiCalls;
  readonly signOut: (() => void) | undefined;
}

let current: Session | undefined;

/** The caller, as the API knows it; undefined until it has answered. */
export const me = signal<MeResource | undefined>(undefined);

/** @throws Error before `openSession` is done */
export function session(): Session {
  if (current === undefined) throw new Error('The session is not open yet.');
  return current;
}

/**
 * Reads the configuration, signs in where that is needed, and asks who calls.
 * @returns null where the page is leaving to sign in
 * @throws Error that says what to do
 */
export async function openSession(): Promise<Session | null> {
  const response = await fetch('/console/config.json', { credentials: 'omit' });
  if (!response.ok) throw new Error(`The console's configuration was answered with ${response.status}. Reload the page.`);
  const config = parseConfig(await response.json());
  const credentials = await openCredentials(config.auth);
  if (credentials === null) return null;
  current = { config, api: new ApiCalls(config.apiUrl, credentials), signOut: credentials.signOut };
  me.value = (await current.api.send<MeResource>('/v1/me')).body;
  return current;
}

/** @returns whether buttons that change something are shown; the server refuses what is not allowed all the same */
export function mayWrite(): boolean {
  return !session().config.isReadOnly;
}

/** @returns whether this caller may pause, drain and resume job types */
export function mayChangeTypes(): boolean {
  return mayWrite() && me.value?.allowed.changeJobTypes === true;
}

/** @returns whether this caller may submit jobs of the type now */
export function maySubmit(type: string): boolean {
  return mayWrite() && me.value?.allowed.submit.includes(type) === true;
}
