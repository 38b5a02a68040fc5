/** What a reader must know before the table. */
import type { DelegationReport } from '../delegation-report.ts';
import type { LogMeasures } from '../measure/measure-log.ts';
import { amount, percent } from '../shown-number.ts';
import type { Evidence } from './evidence.ts';

type Warning = DelegationReport['warnings'][number];

/** A larger share of lines that are not understood is said above the table. */
const manyUnparsed = 0.05;

export function warningsOf(
  log: LogMeasures,
  endpoints: readonly Evidence[],
  { sampling }: { readonly sampling?: 'request' | 'tail' | undefined },
): readonly Warning[] {
  const unparsed = log.counts.formats.reduce((sum, format) => sum + format.unparsed, 0);
  const worked = endpoints.reduce((sum, { requests }) => sum + requests, 0);
  const kinds = log.callerKinds;
  const byAddress = (kinds.get('address+agent') ?? 0) + (kinds.get('address') ?? 0) + (kinds.get('none') ?? 0);
  const found: (Warning | false)[] = [
    unparsed > manyUnparsed * (unparsed + log.requests) && {
      code: 'lines_not_understood',
      text: `${percent(unparsed / (unparsed + log.requests))} of the lines were not understood: name the format with --format, or the fields with --map.`,
    },
    log.timing === 'none' &&
      log.requests > 0 && {
        code: 'no_durations',
        text: 'The log has no durations, so nothing can be said of any endpoint. Add $request_time and $upstream_response_time to the log_format of nginx, or %D to the LogFormat of Apache: docs/report.md has the lines.',
      },
    log.timing === 'waited' && {
      code: 'only_waits',
      text: 'The log has what callers waited, and not how long the application was occupied: slow networks look like slow work, and hardly a verdict is better than "probably". Log the time of the backend.',
    },
    log.timing !== 'none' &&
      byAddress > worked / 2 && {
        code: 'callers_by_address',
        text: 'Most callers are known by their address only: whether they come back for a result is weak evidence. Log the user, hashed if need be.',
      },
    sampling !== undefined && {
      code: 'sampled',
      text:
        sampling === 'tail'
          ? 'The log was sampled by outcome: only the ranking is shown.'
          : 'The log was sampled by request: what callers did next may be missing.',
    },
    log.followed < 1 && {
      code: 'callers_sampled',
      text: `The log is large: what callers did was followed for ${percent(log.followed)} of them, time held for all.`,
    },
    log.observed.gaps.length > 0 && {
      code: 'gaps',
      text: `${amount(log.observed.gaps.length)} ${log.observed.gaps.length === 1 ? 'gap' : 'gaps'} of more than two hours without any request: taken for missing files, and left out.`,
    },
    ...endpoints
      .filter(isOnePath)
      .map(
        (one): Warning => ({ code: 'one_path', text: `${one.name} may hold many operations in one path: log the name of the operation.` }),
      ),
  ];
  return found.filter((one) => one !== false);
}

/** GraphQL and RPC put all operations into one path. */
const isOnePath = ({ name, requests }: Evidence) => requests > 0 && /^POST .*\/(?:graphql|rpc|jsonrpc|gql)$/i.test(name);
