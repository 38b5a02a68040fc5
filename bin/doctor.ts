/** `npm run doctor -- --help`: reports what blocks a deploy, and what is wrong with a deployment. */
import { doctorHelp, readArguments } from '../lib/doctor/doctor-arguments.ts';
import { examine } from '../lib/doctor/examine.ts';
import { hasProblem, printJson, printReport } from '../lib/doctor/print-report.ts';
import { deploymentNamed } from './deployments.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const values = parsed(argv);
  if (typeof values === 'string') {
    process.stderr.write(`${values}\nnpm run doctor -- --help\n`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(doctorHelp);
    return 0;
  }
  const { config, stage, region, profile, json, redact } = values;
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  if (process.stderr.isTTY) process.stderr.write('Checking the settings and the account; this takes about ten seconds.\n\n');
  const report = await examine({
    configFile: config,
    readDeployment: () => deploymentNamed(config, stage),
    env: process.env,
    ...(region === undefined ? {} : { region }),
  });
  const { columns = 100, isTTY: isTerminal = false } = process.stdout;
  const isColored = isTerminal && process.stdout.hasColors();
  const text = json ? printJson(report) : printReport(report, { columns: Math.min(Math.max(columns, 60), 120), isColored });
  process.stdout.write(redact && report.account !== undefined ? text.replaceAll(report.account, '<account>') : text);
  return hasProblem(report) ? 1 : 0;
}

function parsed(argv: readonly string[]): ReturnType<typeof readArguments> | string {
  try {
    return readArguments(argv);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
