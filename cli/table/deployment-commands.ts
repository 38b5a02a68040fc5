/** Commands about a deployment: its types, its callers, its deploy. */
import { type Command, type CommandOption, text } from '../command.ts';
import { meFields, wholeJobTypeFields } from '../job-fields.ts';

const reason: CommandOption = { value: 'TEXT', description: 'why, for everyone who may see the type' };
const typeArgument = { name: 'type', description: 'the job type' };
const nameArgument = { name: 'name', description: 'the name of the profile' };
const typeCommands = () => import('../commands/types-command.ts');
const targetCommands = () => import('../commands/target-command.ts');
const deployCommands = () => import('../commands/deploy-command.ts');

/** Options of all that cdk does. */
const cdkOptions: Readonly<Record<string, CommandOption>> = {
  app: { value: 'COMMAND', description: 'the CDK app, where cdk.json does not name it', short: 'a' },
  'aws-profile': { value: 'NAME', description: 'a profile of the AWS CLI (AWS_PROFILE)' },
};
const stacks = { name: 'stacks', description: 'the stacks, where there are several', isOptional: true, isRepeated: true };

export const deploymentTable: readonly Command[] = [
  {
    name: 'types',
    group: 'deployment',
    summary: 'Lists the job types with their states and queues, or shows one.',
    arguments: [{ ...typeArgument, isOptional: true }],
    options: { schema: { description: 'print the JSON Schema of the input' } },
    callsApi: true,
    fields: wholeJobTypeFields,
    load: async () => (await typeCommands()).types,
  },
  {
    name: 'types pause',
    group: 'deployment',
    summary: 'Holds the jobs of a type: it takes new ones and starts none. For admins.',
    arguments: [typeArgument],
    options: { reason },
    callsApi: true,
    fields: wholeJobTypeFields,
    load: async () => (await typeCommands()).pauseType,
  },
  {
    name: 'types drain',
    group: 'deployment',
    summary: 'Finishes the jobs of a type and takes no new ones. For admins.',
    arguments: [typeArgument],
    options: { reason },
    callsApi: true,
    fields: wholeJobTypeFields,
    load: async () => (await typeCommands()).drainType,
  },
  {
    name: 'types resume',
    group: 'deployment',
    summary: 'Ends a pause or a drain. For admins.',
    arguments: [typeArgument],
    options: { reason },
    callsApi: true,
    fields: wholeJobTypeFields,
    load: async () => (await typeCommands()).resumeType,
  },
  {
    name: 'whoami',
    group: 'deployment',
    summary: 'Says which API is called, why that one, and as whom.',
    details: [
      'The first of these counts: --url or --profile, DELEGATION_URL, DELEGATION_PROFILE, the nearest delegation.json, the default profile, a local mode that keeps its data in this folder, http://127.0.0.1:8787.',
      "Requests to AWS are signed with what AWS's own tools find: the environment, a profile, SSO. A token, from --token-command, a profile or DELEGATION_TOKEN, takes their place; one from the environment is not sent to an address that a delegation.json names.",
    ],
    callsApi: true,
    fields: ['url', 'from', ...meFields],
    load: async () => (await targetCommands()).whoami,
  },
  {
    name: 'profiles',
    group: 'deployment',
    summary: 'Lists the profiles: deployments of yours, by name.',
    load: async () => (await targetCommands()).profiles,
  },
  {
    name: 'profiles set',
    group: 'deployment',
    summary: 'Keeps a profile, for your eyes alone. It holds no secret: a command that prints a token, or a profile of AWS.',
    arguments: [nameArgument],
    options: {
      url: { value: 'URL', description: 'the address of the API' },
      region: { value: 'REGION', description: 'sign for this region, where the address names none' },
      'aws-profile': { value: 'NAME', description: 'sign with this profile of the AWS CLI' },
      'token-command': { value: 'COMMAND', description: 'send the token that this command prints' },
      default: { description: 'take it where nothing else names an API' },
    },
    examples: [
      [
        'delegation profiles set prod --url https://abc123.execute-api.eu-central-1.amazonaws.com --aws-profile work',
        'then: delegation jobs --profile prod',
      ],
    ],
    load: async () => (await targetCommands()).setProfile,
  },
  {
    name: 'profiles remove',
    group: 'deployment',
    summary: 'Forgets a profile.',
    arguments: [nameArgument],
    load: async () => (await targetCommands()).removeProfile,
  },
  {
    name: 'console',
    group: 'deployment',
    summary: 'Opens the console of a deployment: a proxy on this machine signs each call with your credentials.',
    details: ['Nothing is deployed for it, and the owner of what it does is you. A local mode has its console at /console.'],
    options: {
      open: { description: 'open it in a browser' },
      port: { value: 'N', description: 'listen on this port of 127.0.0.1 (a free one)' },
      'read-only': { description: 'let nothing through that changes something' },
    },
    callsApi: true,
    showsCurl: false,
    load: async () => (await import('../commands/console-command.ts')).openConsole,
  },
  {
    name: 'deploy',
    group: 'deployment',
    summary: 'Deploys the CDK app of this folder, prints the address, and keeps it in delegation.json.',
    details: ['It runs cdk deploy of your app, which asks before it widens permissions.'],
    arguments: [stacks],
    options: { ...cdkOptions, yes: { description: 'ask nothing, as --require-approval never does', short: 'y' } },
    load: async () => (await deployCommands()).deploy,
  },
  {
    name: 'diff',
    group: 'deployment',
    summary: 'Shows what a deploy would change: cdk diff.',
    arguments: [stacks],
    options: cdkOptions,
    load: async () => (await deployCommands()).diff,
  },
  {
    name: 'destroy',
    group: 'deployment',
    summary: 'Takes a deployment away: cdk destroy, which asks first.',
    arguments: [stacks],
    options: { ...cdkOptions, yes: { description: 'ask nothing, as --force does', short: 'y' } },
    load: async () => (await deployCommands()).destroy,
  },
  {
    name: 'cost',
    group: 'deployment',
    summary: 'Computes what a deployment costs a month: when idle, and for a number of jobs.',
    details: ['List prices, without allowances. It asks nothing of AWS. Without a config file it is about the settings by default.'],
    options: {
      jobs: { value: 'N', description: 'jobs a month' },
      type: { value: 'NAME', description: 'their type' },
      seconds: { value: 'S', description: "duration of one attempt (the contract's typicalSeconds)" },
      batch: { value: 'N', description: "jobs that reach the worker in one batch (1), at most the contract's batchSize" },
      retries: { value: 'R', description: 'retries of each job (0)' },
      'input-bytes': { value: 'N', description: 'size of one input (100)' },
      reads: { value: 'N', description: 'status requests for each job (0)' },
      webhooks: { value: 'SHARE', description: 'jobs with a webhook, which its receiver takes at once: 0.5 is every second job (0)' },
      region: { value: 'NAME', description: 'us-east-1, or another one whose prices are known (us-east-1)' },
      config: { value: 'FILE', description: 'the settings (delegation.config.ts)', short: 'c' },
      stage: { value: 'NAME', description: 'which of the deployments in it' },
    },
    examples: [['delegation cost --jobs 1000000 --type write-batch', 'a bill, line by line']],
    load: async () => (await import('../commands/cost-command.ts')).cost,
  },
  {
    name: 'doctor',
    group: 'deployment',
    summary: 'Checks this machine, the API that would be called, and with a config file the account, and says what to do.',
    details: [
      'It writes nothing. With --probe it submits one harmless job and waits for its end. The checks of the account use your credentials for reading alone.',
      'The exit code is 0 without a problem (warnings do not count), 1 with one.',
    ],
    options: {
      probe: { description: 'submit a job that does nothing, SELECT 1, and follow it to its end' },
      config: {
        value: 'FILE',
        description: 'check the account for the deployment in this file (delegation.config.ts, where it is there)',
        short: 'c',
      },
      stage: { value: 'NAME', description: 'which of the deployments in it' },
      'aws-profile': { value: 'NAME', description: 'a profile of the AWS CLI (AWS_PROFILE)' },
      redact: { description: "leave out the account's number, to share the report" },
    },
    callsApi: true,
    showsCurl: false,
    fields: ['account', 'region', 'findings'],
    load: async () => (await import('../commands/doctor-command.ts')).doctor,
  },
  {
    name: 'conformance',
    group: 'deployment',
    summary: 'Checks, over HTTP alone, that the API at a URL keeps its contract, line by line.',
    details: [
      'Prints each line of the contract with its standard and the verdict: pass, FAIL with what was sent and what came, or skip with the reason. The exit code is 1 if a check failed, 2 if nothing could be checked.',
      'It submits jobs of one harmless type, most of them for an hour later, and cancels what it leaves. Each has the tag "conformance". Run it as a caller of its own: it uses up what is left of that caller\'s quota, if that is little.',
    ],
    arguments: [{ name: 'url', description: 'the address of the API' }],
    options: {
      header: { value: "'NAME: VALUE'", description: "send this with each request, e.g. 'Authorization: Bearer …'", isRepeated: true },
      'other-header': { value: "'NAME: VALUE'", description: 'authorises a second caller, whose jobs are other ones', isRepeated: true },
      region: {
        value: 'REGION',
        description:
          "sign with SigV4 for this region. Without it requests are signed where the host's name has a region, and AWS_REGION is used for other hosts on --sign",
      },
      sign: {
        description:
          'sign with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and as the second caller with the same names after OTHER_',
      },
      type: {
        value: 'TYPE',
        description:
          'submit this, with --input. The job must succeed within seconds, and do no harm. Without them: run-query with SELECT 1',
      },
      input: { value: 'JSON', description: 'of such a job' },
      'failing-input': { value: 'JSON', description: 'of a job that fails within seconds' },
      'slow-input': { value: 'JSON', description: 'of a job that runs until it is cancelled' },
      'large-result-input': { value: 'JSON', description: 'of a job whose result is too large for its record' },
      signal: { value: 'NAME', description: 'a signal that the type takes, with --signal-payload' },
      'signal-payload': { value: 'JSON', description: 'what the signal brings' },
      'refused-signal-payload': { value: 'JSON', description: 'one that its schema refuses' },
      webhook: { value: 'URL', description: 'a receiver that answers with 2xx, to which the ends of a few jobs are sent' },
      only: { value: 'TEXT', description: 'only sections whose title holds TEXT', isRepeated: true },
      json: { description: 'print the outcome as JSON' },
    },
    load: async () => {
      const { conformance } = await import('../../conformance/conformance-command.ts');
      return (input) => conformance(text(input, 'url') ?? '', input.options);
    },
  },
];
