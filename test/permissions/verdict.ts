/** Evaluates requests against the grants of the roles, each grant on its own. */
import { foreignTo } from './foreign-requests.ts';
import type { Grant, Grants } from './granted.ts';
import { type IamRequest, iamRequests, requestsOfLambda } from './iam-requests.ts';
import { isAllowedBy } from './policy-simulation.ts';
import type { RecordedCall } from './record-calls.ts';

/** The requests of one function: those that must be allowed, and those that must not. */
export interface Requests {
  readonly needed: readonly IamRequest[];
  readonly foreign: readonly IamRequest[];
}

export interface Verdict {
  /** What a function needs and its role does not allow. */
  readonly refused: readonly string[];
  /** What is none of a function's business, and its role allows. */
  readonly tooMuch: readonly string[];
  /** Grants that no request needs. */
  readonly unused: readonly string[];
  /** Grants that no request needs, and the reason for each. */
  readonly excepted: readonly string[];
}

/** Grants that no call needs: by function, action, and how the resource ends. */
const exceptions: readonly (readonly [string, string, string, string])[] = [
  ['write-batch', 's3:PutObject', '/payloads/*', 'the engine may put any result there that is large; those of this type are small'],
  [
    'bulk-action',
    'sqs:SendMessage',
    ':delegation-bulk-action',
    'the engine may suspend any job, this one where the quota of an owner has no room',
  ],
  [
    'clock',
    'sqs:SendMessage',
    ':delegation-bulk-action',
    'the clock wakes jobs whose message was lost or whose worker died, and the tests let that happen to jobs of callers',
  ],
  [
    'deliver-webhook',
    's3:GetObject',
    '/payloads/*',
    'the event of a large job is there, and is read again after a wait; those of the tests are small',
  ],
  [
    'deliver-webhook',
    's3:ListBucket',
    ':delegation-payloads',
    'as before: without it a missing object would be answered as a forbidden one',
  ],
  ['group', 's3:GetObject', '/payloads/*', 'the input of any job may be large; that of a group never is'],
  ['group', 's3:PutObject', '/payloads/*', 'the result of any job may be large; that of a group never is'],
  ['group', 's3:ListBucket', ':delegation-payloads', 'as before: without it a missing object would be answered as a forbidden one'],
  [
    'clock',
    'sqs:SendMessage',
    ':delegation-group',
    'the clock wakes a group whose message was lost; the tests let that happen to jobs of callers',
  ],
  ['bulk-action', 'dynamodb:Query', '/index/listing', 'read instead of the alarms of an owner who has more than can be read'],
];

/** @returns why no call needs it */
export function reasonOf(name: string, { action, resource }: Grant): string | undefined {
  return exceptions.find(([of, what, end]) => of === name && what === action && resource.endsWith(end))?.[3];
}

/** @returns each request once, by function. Foreign requests are derived from its own, or made by other functions alone. */
export function requestsByFunction(calls: readonly RecordedCall[]): ReadonlyMap<string, Requests> {
  const names = [...new Set(calls.map((call) => call.function))];
  const needed = new Map(
    names.map((name) => {
      const recorded = calls.filter((call) => call.function === name).flatMap(iamRequests);
      return [name, once([...recorded, ...requestsOfLambda(name)])] as const;
    }),
  );
  const all = once([...needed.values()].flat());
  const isOwn = (name: string, request: IamRequest) => (needed.get(name) ?? []).some((own) => keyOf(own) === keyOf(request));
  // A grant with a reason is one of other functions, too.
  const isExcepted = (name: string, { action, resource }: IamRequest) =>
    exceptions.some(([of, what, end]) => of === name && what === action && resource.includes(end.replace('*', '')));
  const foreign = (name: string, own: readonly IamRequest[]) =>
    once([...own.flatMap(foreignTo), ...all]).filter((request) => !isOwn(name, request) && !isExcepted(name, request));
  return new Map([...needed].map(([name, own]) => [name, { needed: own, foreign: foreign(name, own) }]));
}

export async function verdictOf(requests: ReadonlyMap<string, Requests>, granted: Grants): Promise<Verdict> {
  const verdict = { refused: [] as string[], tooMuch: [] as string[], unused: [] as string[], excepted: [] as string[] };
  for (const name of new Set([...requests.keys(), ...granted.keys()])) {
    const { needed = [], foreign = [] } = requests.get(name) ?? {};
    const grants = granted.get(name) ?? [];
    const used = new Set<Grant>();
    for (const request of needed) {
      const allowing = await grantsThatAllow(grants, request);
      for (const grant of allowing) used.add(grant);
      if (allowing.length === 0) verdict.refused.push(`${name} may not: ${textOf(request)}`);
    }
    for (const request of foreign)
      if ((await grantsThatAllow(grants, request)).length > 0) verdict.tooMuch.push(`${name} may: ${textOf(request)}`);
    for (const grant of grants.filter((one) => !used.has(one))) {
      const reason = reasonOf(name, grant);
      if (reason === undefined) verdict.unused.push(`${name} never uses: ${grant.action} on ${grant.resource}`);
      else verdict.excepted.push(`${name}, ${grant.action} on ${grant.resource}: ${reason}`);
    }
  }
  return verdict;
}

export async function grantsThatAllow(grants: readonly Grant[], request: IamRequest): Promise<readonly Grant[]> {
  const found: Grant[] = [];
  for (const grant of grants) if (await isAllowedBy(grant, request)) found.push(grant);
  return found;
}

function textOf({ action, resource, context }: IamRequest): string {
  return `${action} on ${resource} ${Object.keys(context).length === 0 ? '' : JSON.stringify(context)}`.trimEnd();
}

function once(requests: readonly IamRequest[]): readonly IamRequest[] {
  return [...new Map(requests.map((request) => [keyOf(request), request])).values()];
}

function keyOf({ action, resource, context }: IamRequest): string {
  return JSON.stringify([action, resource, Object.entries(context).sort()]);
}
