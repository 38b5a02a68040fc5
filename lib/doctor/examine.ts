/** Examines a deployment: finds the account, the region and the settings, then runs the checks. It writes nothing. */
import type { DelegationProps } from '../delegation.ts';
import { stackNameOf } from '../deployment-name.ts';
import { type Check, type Context, checksOfAccount, checksOfDeployment, checksWithoutAccount } from './checks.ts';
import { type Clients, type Credentials, clientsFor } from './clients.ts';
import { notChecked } from './deploy-failure.ts';
import { count, type Finding, ok, problem, type ReportedFinding, skipped } from './finding.ts';
import { lookUpStack } from './stack.ts';
import { type Subject, subjectOf } from './subject.ts';
import { type Synthesis, synthesize } from './synthesis.ts';
import { findRegion, identify, type Target } from './target.ts';

interface ExamineOptions {
  /** A path such as `delegation.config.ts`. */
  readonly configFile: string;
  /** @throws Error if it cannot be read */
  readonly readDeployment: () => Promise<DelegationProps>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default the region of the environment or the profile */
  readonly region?: string;
  /** The credentials of the AWS clients. @default the SDK's own chain */
  readonly credentials?: Credentials;
  /** The endpoint of an emulated account. @default AWS's own, or `AWS_ENDPOINT_URL` */
  readonly endpoint?: string;
  readonly now?: () => Date;
}

export interface Report {
  readonly account?: string;
  readonly region?: string;
  readonly findings: readonly ReportedFinding[];
}

const account = 'The account';

export async function examine(options: ExamineOptions): Promise<Report> {
  const report = (group: string, check: string, findings: readonly Finding[]) => findings.map((finding) => ({ ...finding, group, check }));
  const { region, findings: ofRegion } = await findRegion(options.env, options.region);
  const clients = region === undefined ? undefined : clientsFor({ ...options, region });
  const who = region === undefined || clients === undefined ? undefined : await identify(clients.sts, region);
  const target = who?.target;
  const { subject, synthesis, finding: ofSettings } = await readSettings(options, target ?? (region === undefined ? {} : { region }));
  const found = [
    ...report(account, 'region', ofRegion),
    ...report(account, 'identity', who === undefined ? [] : [who.finding]),
    ...report('Settings', 'settings', [ofSettings]),
  ];
  const identity = { ...(target === undefined ? {} : { account: target.account }), ...(region === undefined ? {} : { region }) };
  const withoutAccount = subject === undefined ? [] : await make(checksWithoutAccount(subject));
  if (clients === undefined || target === undefined || subject === undefined || synthesis === undefined) {
    const left = skipped(
      `Nothing else was checked: it needs ${target === undefined ? 'a region and credentials that AWS accepts' : 'settings that can be deployed'}.`,
    );
    return { ...identity, findings: [...found, ...withoutAccount, ...report(account, 'others', [left])] };
  }
  const { stack, finding: ofStack, isSettled } = await lookUpStack(clients.cloudFormation, synthesis.stackName);
  const context: Context = { clients, target, subject, synthesis, ...(stack === undefined ? {} : { stack }) };
  const [ofAccount, ofDeployment] = await Promise.all([
    make(isSettled ? checksOfAccount(context) : checksOfAccount(context).filter(({ group }) => group !== 'Names')),
    stack === undefined ? [] : make(checksOfDeployment(context, stack, await forCalls(options, clients))),
  ]);
  return {
    ...identity,
    findings: [
      ...found,
      ...ofAccount.filter(({ group }) => group === account),
      ...withoutAccount,
      ...report('Names', 'stack', [ofStack]),
      ...ofAccount.filter(({ group }) => group !== account),
      ...ofDeployment,
    ],
  };
}

/** @returns the credentials that the AWS clients use, to sign calls of the API */
async function forCalls({ env, now = () => new Date() }: ExamineOptions, { sts }: Clients) {
  const token = env['DELEGATION_TOKEN'];
  const { accessKeyId, secretAccessKey, sessionToken } = await sts.config.credentials();
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { credentials, now: now(), ...(token === undefined ? {} : { token }) };
}

async function readSettings(
  { configFile, readDeployment }: ExamineOptions,
  target: Partial<Target>,
): Promise<{ readonly subject?: Subject; readonly synthesis?: Synthesis; readonly finding: Finding }> {
  let subject: Subject | undefined;
  try {
    const deployment = await readDeployment();
    subject = subjectOf(deployment);
    const { stage } = subject.settings;
    const synthesis = await synthesize(configFile, stackNameOf(stage), target);
    const resources = Object.keys(synthesis.template.Resources).length;
    return {
      subject,
      synthesis,
      finding: ok(`${configFile} defines the stack ${synthesis.stackName}, with ${count(resources, 'resource')}.`),
    };
  } catch (error) {
    const finding = problem(`${configFile} cannot be deployed: ${error instanceof Error ? error.message : String(error)}`, {
      advice: 'docs/settings.md lists every setting.',
      commands: ['npx cdk synth --quiet'],
    });
    return subject === undefined ? { finding } : { subject, finding };
  }
}

/** Runs all checks at once. One that throws hides no other. */
async function make(checks: readonly Check[]): Promise<readonly ReportedFinding[]> {
  const all = await Promise.all(
    checks.map(async ({ group, check, what, run }) => {
      const findings = await run().catch((error: unknown) => [notChecked(what, error)]);
      return [findings].flat().map((finding) => ({ ...finding, group, check }));
    }),
  );
  return all.flat();
}
