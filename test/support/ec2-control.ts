/** The control path of the local EC2 endpoint: how a test makes it misbehave, and counts what really happened. */
import type { Behaviour, Fault } from '../../local/ec2/behaviour.ts';
import type { Overview } from '../../local/ec2/server.ts';
import type { Endpoints } from './use-emulators.ts';

type Changes = Partial<Omit<Behaviour, 'faults' | 'deaths'>> & {
  readonly faults?: readonly (Partial<Fault> & { readonly action: string })[];
  readonly deaths?: readonly (Partial<Behaviour['deaths'][number]> & { readonly afterMs: number })[];
};

const quick = {
  runningAfterMs: 60,
  statusOkAfterMs: 120,
  visibleAfterMs: 0,
  answerAfterMs: 0,
  terminatedAfterMs: 60,
  forgottenAfterMs: 3_600_000,
  tokensForgottenAfterMs: 86_400_000,
  protectedInstanceIds: [],
  capacity: {},
  publicSubnetIds: [],
  faults: [],
  deaths: [],
};

/** Everything is as usual, only quick, but for the changes. */
export async function ec2Behaves({ ec2 }: Pick<Endpoints, 'ec2'>, changes: Changes = {}): Promise<void> {
  const response = await fetch(`${ec2}/_control`, { method: 'PUT', body: JSON.stringify({ ...quick, ...changes }) });
  if (!response.ok) throw new Error(await response.text());
}

export async function ec2Overview({ ec2 }: Pick<Endpoints, 'ec2'>): Promise<Overview> {
  return (await (await fetch(`${ec2}/_control`)).json()) as Overview;
}

/** @returns what a job launched, ended or not */
export async function launchedBy(endpoints: Pick<Endpoints, 'ec2'>, jobId: string): Promise<Overview['instances']> {
  const { instances } = await ec2Overview(endpoints);
  return instances.filter(({ tags }) => tags['delegation:job'] === jobId);
}
