/** What jobs of a type cost, what looking at them costs, and what a calmer pace would save. */

import type { TypeMeasures } from './job-measures.ts';
import type { JobPrices } from './job-prices.ts';
import { dollarText } from './job-words.ts';
import type { JobTypeCost } from './jobs-report.ts';
import type { TypeLooks } from './look-measures.ts';

const million = 1e6;
/** USD; less a million jobs is not worth a change. */
const worthSaying = 5;

export function costOf({ jobs }: Pick<TypeMeasures, 'jobs'>, looks: TypeLooks | undefined, prices: JobPrices): JobTypeCost {
  const ended = jobs.filter(({ end }) => end !== null);
  const ofJobs = ended.reduce(
    (usd, { invocations, gigabyteSeconds, recordWrites }) =>
      usd +
      prices.submissionUsd +
      invocations * (prices.invocationUsd + prices.messageUsd) +
      (gigabyteSeconds ?? 0) * prices.gigabyteSecondUsd +
      recordWrites * prices.recordWriteUsd,
    0,
  );
  const aMillion = (usd: number, of: number) => (of === 0 ? 0 : (usd / of) * million);
  const millionJobsUsd = aMillion(ofJobs, ended.length);
  const watched = looks?.facts.jobs ?? 0;
  const millionPollsUsd =
    looks === undefined ? null : aMillion(looks.looks * prices.lookUsd + looks.heldSeconds * prices.heldSecondUsd, watched);
  const savedUsd = looks === undefined ? null : aMillion(looks.excessLooks * prices.lookUsd, watched);
  const saving = (savedUsd ?? 0) < worthSaying ? '' : `, of which the pace that the API asks for saves ${dollarText(savedUsd ?? 0)}`;
  const polls = (millionPollsUsd ?? 0) === 0 ? '' : `, and ${dollarText(millionPollsUsd ?? 0)} for looks before their end${saving}`;
  return { millionJobsUsd, millionPollsUsd, savedUsd, text: `${dollarText(millionJobsUsd)} a million jobs${polls} (${prices.label}).` };
}
