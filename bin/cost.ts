/** `npm run cost -- --help`: prints what a deployment costs a month. */

import { billOf } from '../lib/cost/bill.ts';
import { costHelp, pricesOf, readArguments, workOf } from '../lib/cost/cost-arguments.ts';
import { printBill } from '../lib/cost/print-bill.ts';
import { shapeOf } from '../lib/cost/shape.ts';
import { builtInJobTypes } from '../lib/job-type.ts';
import { parseSettings } from '../lib/parse-settings.ts';
import { deploymentNamed } from './deployments.ts';

try {
  process.stdout.write(await answer(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function answer(argv: readonly string[]): Promise<string> {
  const values = readArguments(argv);
  if (values.help === true) return costHelp;
  const { region = 'us-east-1', config = 'delegation.config.ts', stage } = values;
  const prices = pricesOf(region);
  const { jobTypes = builtInJobTypes, ...input } = await deploymentNamed(config, stage);
  const contracts = jobTypes.map(({ contract }) => contract);
  const settings = parseSettings(
    input,
    contracts.map(({ name }) => name),
  );
  const shape = shapeOf(settings, contracts);
  const work = workOf(values, shape.types);
  if ((work?.webhooks ?? 0) > 0 && settings.webhooks === undefined)
    throw new Error('--webhooks is for a deployment that sends them: its setting webhooks is off.');
  return printBill(billOf(shape, prices, work), { shape, work, region });
}
