/** Checks whether a deployment works: its API, its clock, its functions and their queues. */
import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetEventSourceMappingCommand, GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { AwsClient } from 'aws4fetch';
import type { Credentials } from '../clients.ts';
import { count, type Finding, ok, problem, warning } from '../finding.ts';
import type { DeployedStack } from '../stack.ts';

const minuteMs = 60_000;
/** Time until metrics exist and the clock has run. */
const youngMs = 10 * minuteMs;

export const isYoung = ({ createdAt }: DeployedStack, now: Date): boolean => now.getTime() - createdAt.getTime() < youngMs;

const idsOfType = ({ resources }: DeployedStack, type: string) =>
  resources.filter((one) => one.type === type).map(({ physicalId }) => physicalId);

export async function health(url: string): Promise<Finding> {
  const answer = await get(`${url}/healthz`);
  if (answer.status === 200) return ok(`${url} answers.`);
  return problem(`${url}/healthz ${described(answer)}`, {
    advice:
      answer.status === 0 && !/\.amazonaws\.com(\.cn)?$/.test(new URL(url).hostname)
        ? 'Point the name at the output DomainTarget, by an alias or a CNAME record; a new record can take minutes to be known.'
        : 'Look at the log of the api function, and at API Gateway’s access log.',
    commands: [`curl -i ${url}/healthz`],
  });
}

/** Calls the API as a caller does: signed with the doctor's own credentials. */
export async function signedCall(url: string, credentials: Credentials, region: string): Promise<Finding> {
  const signer = new AwsClient({ ...credentials, region, service: 'execute-api', retries: 0 });
  const answer = await get(await signer.sign(`${url}/v1/job-types`));
  if (answer.status === 200) return ok(`A signed call succeeds: ${typesIn(answer.text)}.`);
  if (answer.status === 403) {
    return warning('The API refuses your signature (403): you lack execute-api:Invoke on it, or a policy of your organisation denies it.', {
      advice: 'docs/deploy.md, "Who may call", has the policy. If you are an administrator, look for a deny.',
    });
  }
  return problem(`A signed call of /v1/job-types ${described(answer)}`, {
    advice: 'Look at the log of the api function.',
  });
}

/** Checks that a call without a token is refused; with a token, it checks the issuer as well. */
export async function callWithToken(url: string, token: string | undefined): Promise<Finding> {
  const path = `${url}/v1/job-types`;
  if (token === undefined) {
    const answer = await get(path);
    if (answer.status === 401) return ok('A call without a token is refused. Set DELEGATION_TOKEN to test one.');
    return problem(`A call without a token is not refused with 401: it ${described(answer)}`, {
      advice: 'Deploy again: the API’s authorizer differs from the settings.',
    });
  }
  // Checked before it is put into a header, since the error of an invalid header would repeat it.
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
    return problem('DELEGATION_TOKEN does not contain a token: three parts of letters, digits, - and _, with dots between them.', {
      advice: 'Set it again, without line breaks and without "Bearer".',
    });
  }
  const { status, text, headers } = await get(path, { headers: { authorization: `Bearer ${token}` } });
  if (status === 200) return ok(`A call with the token succeeds: ${typesIn(text)}.`);
  return problem(`A call with the token answers ${status}: ${headers?.get('www-authenticate') ?? text}`, {
    advice: 'The token must be signed with RSA, by auth.issuer, for auth.audience, and must not have expired.',
  });
}

/** Describes a response. Status 0 means that there was none. */
const described = ({ status, text }: Answer): string =>
  status === 0 ? `does not answer: ${text}` : `answers ${status}: ${text.slice(0, 300)}`;

const typesIn = (text: string): string => {
  const { jobTypes = [] } = JSON.parse(text) as { readonly jobTypes?: readonly { readonly type?: string; readonly name?: string }[] };
  return count(jobTypes.length, 'job type');
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Headers;
}

async function get(target: string | Request, init: RequestInit = {}): Promise<Answer> {
  try {
    const answer = await fetch(target, { ...init, redirect: 'manual', signal: AbortSignal.timeout(15_000) });
    return { status: answer.status, text: (await answer.text()).slice(0, 100_000), headers: answer.headers };
  } catch (error) {
    const { cause = error } = error as { readonly cause?: { readonly code?: string; readonly message?: string } };
    const { code, message } = cause as { readonly code?: string; readonly message?: string };
    return { status: 0, text: code ?? message ?? 'no answer' };
  }
}

/** Checks when the clock ran last. The metric is a minute or two late. */
export async function clockRuns(
  cloudWatch: CloudWatchClient,
  { functionName, ruleName, stack }: { readonly functionName: string; readonly ruleName: string; readonly stack: DeployedStack },
  now: Date,
): Promise<Finding> {
  const metric = async (MetricName: string) => {
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: functionName }],
        StartTime: new Date(now.getTime() - 7 * minuteMs),
        EndTime: now,
        Period: 60,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.filter(({ Sum = 0 }) => Sum > 0);
  };
  const [runs, errors] = await Promise.all([metric('Invocations'), metric('Errors')]);
  const last = runs.map(({ Timestamp }) => Timestamp?.getTime() ?? 0).sort((a, b) => b - a)[0];
  const commands = [`aws events describe-rule --name ${ruleName}`, `aws lambda get-function-configuration --function-name ${functionName}`];
  if (last === undefined) {
    const found = 'According to CloudWatch, the clock has not run within seven minutes: delayed jobs do not start.';
    if (isYoung(stack, now)) return warning(`${found} The stack is young.`, { advice: 'Run the doctor again in ten minutes.' });
    return problem(found, {
      advice: 'Check that its schedule is enabled and that the account may run functions: docs/runbook.md, "Clock".',
      commands,
    });
  }
  const seen = `The clock ran ${Math.max(0, Math.round((now.getTime() - last) / 1000))} s ago (${new Date(last).toISOString()})`;
  if (errors.length > 0) return problem(`${seen}, and runs of the last minutes failed.`, { advice: 'docs/runbook.md, "Clock".', commands });
  return ok(`${seen}.`);
}

export async function triggers(lambda: LambdaClient, stack: DeployedStack): Promise<Finding> {
  const ids = idsOfType(stack, 'AWS::Lambda::EventSourceMapping');
  const mappings = await Promise.all(ids.map((UUID) => lambda.send(new GetEventSourceMappingCommand({ UUID }))));
  const off = mappings.filter(({ State = '' }) => !/^(Enabled|Enabling|Updating|Creating)$/.test(State));
  if (off.length === 0) return ok(`All ${ids.length} queues invoke their workers.`);
  return problem(
    `${off.map(({ EventSourceArn = '', State }) => `${EventSourceArn.split(':').at(-1)} (${State})`).join(', ')}: this queue does not invoke its worker, so its jobs wait.`,
    {
      commands: off.map(({ UUID }) => `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`),
    },
  );
}

/** Reads the states of the functions: a function that lost its key, its role or its network reports that in its state. */
export async function functions(lambda: LambdaClient, stack: DeployedStack): Promise<Finding> {
  const names = idsOfType(stack, 'AWS::Lambda::Function');
  const all = await Promise.all(names.map((FunctionName) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))));
  const broken = all.filter(({ State = 'Active', LastUpdateStatus }) => State === 'Failed' || LastUpdateStatus === 'Failed');
  if (broken.length === 0) return ok(`All ${names.length} functions can run.`);
  return problem(
    `Functions cannot run: ${broken.map(({ FunctionName, State, StateReason, LastUpdateStatusReason }) => `${FunctionName} (${State}: ${StateReason ?? LastUpdateStatusReason})`).join(', ')}.`,
    { advice: 'Fix what the reason names, such as a key, a role or a network, then deploy again.' },
  );
}
