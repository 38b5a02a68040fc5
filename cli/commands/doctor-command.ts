/** `delegation doctor`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Report } from '../../lib/doctor/examine.ts';
import { hasProblem, printReport } from '../../lib/doctor/print-report.ts';
import { type CommandInput, flag, type RunCommand, text } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { checkApi } from '../doctor/check-api.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, wantsJson } from '../pick-fields.ts';

const defaultConfig = 'delegation.config.ts';

/** Checks the machine, the API, and the account where there is a config file. */
export const doctor: RunCommand = async (input, io) => {
  const config = text(input, 'config') ?? defaultConfig;
  const hasConfig = text(input, 'config') !== undefined || existsSync(resolve(io.cwd, defaultConfig));
  if (io.messages.isTerminal && hasConfig)
    await io.messages.write('Checking the settings and the account; this takes about ten seconds.\n\n');
  const [machine, ofApi, ofAccount] = await Promise.all([
    checkMachine(),
    checkApi(input, io, { isOptional: hasConfig }),
    hasConfig ? examineAccount(config, input) : { findings: [] },
  ]);
  io.signal.throwIfAborted();
  const report: Report = { ...ofAccount, findings: [...machine, ...ofApi, ...ofAccount.findings] };
  await print(report, input, io);
  return hasProblem(report) ? exitCodes.error : exitCodes.succeeded;
};

async function print(report: Report, input: CommandInput, { out }: CommandIo): Promise<void> {
  const redacted = (written: string) =>
    flag(input, 'redact') && report.account !== undefined ? written.replaceAll(report.account, '<account>') : written;
  if (wantsJson(input)) {
    await printJson(JSON.parse(redacted(JSON.stringify(report))), input, out);
    return;
  }
  const columns = Math.min(Math.max(out.width ?? 100, 60), 120);
  await out.write(redacted(printReport(report, { columns, isColored: out.isColoured })));
}

/** The clients of AWS that only this needs are not among the package's dependencies: an app of its own would carry thirty packages for it. */
async function examineAccount(configFile: string, input: CommandInput): Promise<Report> {
  const profile = text(input, 'aws-profile');
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  try {
    const [{ examine }, { deploymentNamed }] = await Promise.all([
      import('../../lib/doctor/examine.ts'),
      import('../../lib/deployments.ts'),
    ]);
    const region = text(input, 'region');
    return await examine({
      configFile,
      readDeployment: () => deploymentNamed(configFile, text(input, 'stage')),
      env: process.env,
      ...(region === undefined ? {} : { region }),
    });
  } catch (error) {
    const missing = /Cannot find package '(@aws-sdk\/[^']+)'/.exec(String((error as Error).message))?.[1];
    if (missing === undefined) throw error;
    const found = `The account was not checked: ${missing} is not installed, and the check needs ${accountClients.length} clients of AWS.`;
    const commands = [`npm install --save-dev ${accountClients.map((name) => `@aws-sdk/client-${name}`).join(' ')}`];
    return { findings: [{ group: 'The account', check: 'clients', status: 'skipped', found, commands }] };
  }
}

const accountClients = [
  'api-gateway',
  'cloudformation',
  'cloudwatch',
  'cloudwatch-logs',
  'iam',
  'kms',
  'lambda',
  'service-quotas',
  'sns',
  'ssm',
  'sts',
];
