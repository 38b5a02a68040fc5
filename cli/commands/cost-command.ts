/** `delegation cost`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { billOf } from '../../lib/cost/bill.ts';
import { pricesOf, workOf } from '../../lib/cost/cost-arguments.ts';
import { printBill } from '../../lib/cost/print-bill.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { deploymentNamed } from '../../lib/deployments.ts';
import { builtInJobTypes } from '../../lib/job-type.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { CommandError, type RunCommand, text } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const defaultConfig = 'delegation.config.ts';

/** Prints what a deployment costs a month. */
export const cost: RunCommand = async (input, { out, cwd }) => {
  const region = text(input, 'region') ?? 'us-east-1';
  const prices = pricesOf(region);
  const config = text(input, 'config');
  const hasFile = config !== undefined || existsSync(resolve(cwd, defaultConfig));
  const { jobTypes = builtInJobTypes, ...given } = hasFile ? await deploymentNamed(config ?? defaultConfig, text(input, 'stage')) : {};
  const contracts = jobTypes.map(({ contract }) => contract);
  const settings = parseSettings(
    given,
    contracts.map(({ name }) => name),
  );
  const shape = shapeOf(settings, contracts);
  const work = workOf(input.options, shape.types);
  if ((work?.webhooks ?? 0) > 0 && settings.webhooks === undefined)
    throw new CommandError(exitCodes.error, '--webhooks is for a deployment that sends them: its setting webhooks is off.');
  await out.write(printBill(billOf(shape, prices, work), { shape, work, region }));
  return 0;
};
