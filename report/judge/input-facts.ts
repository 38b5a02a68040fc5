/** What was read, for the head of the report. */
import type { DelegationReport } from '../delegation-report.ts';
import { leftOutReasons } from '../measure/left-out.ts';
import type { LogMeasures } from '../measure/measure-log.ts';
import { rounded } from './rounded.ts';

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export function inputFacts(log: LogMeasures): DelegationReport['input'] {
  const { counts, requests, firstMs, lastMs, observed } = log;
  const minuteAt = (minute: number) => iso((Math.floor(firstMs / 60_000) + minute) * 60_000);
  const unparsedLines = counts.formats.reduce((sum, { unparsed }) => sum + unparsed, 0);
  const known = [...log.callerKinds].reduce((most, kind) => (kind[1] > most[1] ? kind : most));
  return {
    from: requests === 0 ? null : iso(firstMs),
    to: requests === 0 ? null : iso(lastMs),
    observedSeconds: observed.count * 60,
    requests,
    formats: counts.formats.map(({ format, title, files, requests: read, unparsed }) => ({
      format,
      title,
      files,
      requests: read,
      unparsed,
    })),
    unparsedLines,
    unparsedShare: unparsedLines === 0 ? 0 : rounded(unparsedLines / (unparsedLines + requests)),
    unparsedForms: counts.unparsedForms,
    notes: [...new Set([...counts.notes, ...log.routes.notes, ...log.notes])].sort(),
    skippedFiles: counts.skipped,
    callersKnownBy: known[1] === 0 ? 'none' : known[0],
    timing: log.timing,
    gaps: observed.gaps.map(([from, to]) => ({ from: minuteAt(from), to: minuteAt(to) })),
    leftOut: leftOutReasons.flatMap((what) => ((log.leftOut.get(what) ?? 0) === 0 ? [] : [{ what, requests: log.leftOut.get(what) ?? 0 }])),
    followedCallers: log.followed,
  };
}
