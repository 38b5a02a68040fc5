/** Holds recorded calls against the statements of the roles, each statement by itself, with a simulator of IAM. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Statement } from './granted.ts';
import { account, type IamRequest, iamRequests } from './iam-requests.ts';
import type { RecordedCall } from './record-calls.ts';

export interface Verdict {
  readonly allowedCalls: number;
  /** Calls that a role does not allow. */
  readonly refused: readonly string[];
  /** How many actions the roles grant, each on each of its resources. */
  readonly grants: number;
  /** Those that no call needed. */
  readonly unused: readonly string[];
  /** Those that no call needed, and why they stand. */
  readonly excepted: readonly string[];
}

/** What Lambda does in the name of a function that it has an SQS trigger for, or that writes to a log. */
const usedByLambda: Readonly<Record<string, (name: string) => boolean>> = {
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
  'logs:CreateLogStream': () => true,
  'logs:PutLogEvents': () => true,
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  'sqs:GetQueueAttributes': (name) => name !== 'clock',
};

/** By function, action, and how the resource ends. */
const exceptions: readonly (readonly [string, string, string, string])[] = [
  ['write-batch', 's3:PutObject', '/payloads/*', 'the engine may put any result there that is large; those of this type are small'],
];

export async function verdictOf(calls: readonly RecordedCall[], granted: ReadonlyMap<string, readonly Statement[]>): Promise<Verdict> {
  const refused = new Set<string>();
  const used = new Set<string>();
  let allowedCalls = 0;
  for (const call of calls) {
    const refusals: string[] = [];
    for (const request of iamRequests(call)) {
      const grants = await allowing(granted.get(call.function) ?? [], request);
      for (const grant of grants) used.add(grantName(call.function, request.action, grant));
      if (grants.length === 0) refusals.push(`${request.action} on ${request.resource}`);
    }
    if (refusals.length === 0) allowedCalls++;
    else refused.add(`${call.function} may not: ${refusals.join(', ')}`);
  }
  const all = [...granted].flatMap(([name, statements]) =>
    statements.flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => ({ name, action, resource })))),
  );
  const idle = all.filter(({ name, action, resource }) => !usedByLambda[action]?.(name) && !used.has(grantName(name, action, resource)));
  const reasonFor = ({ name, action, resource }: (typeof all)[number]) =>
    exceptions.find(([of, what, end]) => of === name && what === action && resource.endsWith(end))?.[3];
  return {
    allowedCalls,
    refused: [...refused],
    grants: all.length,
    unused: idle
      .filter((grant) => reasonFor(grant) === undefined)
      .map(({ name, action, resource }) => `${name} never uses: ${action} on ${resource}`),
    excepted: idle.flatMap((grant) => {
      const reason = reasonFor(grant);
      return reason === undefined ? [] : [`${grant.name}, ${grant.action} on ${grant.resource}: ${reason}`];
    }),
  };
}

const grantName = (name: string, action: string, resource: string) => `${name} ${action} ${resource}`;

/** @returns the resources of those statements that allow the request, each by itself */
async function allowing(statements: readonly Statement[], request: IamRequest): Promise<readonly string[]> {
  const found: string[] = [];
  for (const statement of statements.filter(({ Action }) => Action.includes(request.action)))
    for (const resource of statement.Resource)
      if (await isAllowed({ ...statement, Action: [request.action], Resource: [resource] }, request)) found.push(resource);
  return found;
}

const known = new Map<string, boolean>();
const everything = [
  { orgIdentifier: 'ou-1', policies: [{ name: 'all', policy: policyOf({ Effect: 'Allow', Action: ['*'], Resource: ['*'] }) }] },
];

async function isAllowed(statement: Statement, request: IamRequest): Promise<boolean> {
  const key = JSON.stringify([statement, request]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const { action, resource, context } = request;
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/function`,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'role', policy: policyOf(statement) }],
      serviceControlPolicies: everything,
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  const isFine = result.overallResult === 'Allowed';
  known.set(key, isFine);
  return isFine;
}

function policyOf(statement: Statement): object {
  return { Version: '2012-10-17', Statement: [statement] };
}
