/** How many traces one sampled trace stands for. */

/** Thresholds have at most 14 hexadecimal digits; trailing zeros are left out. */
const thresholdDigits = 14;

/**
 * Reads the sampling threshold of a `tracestate` header, such as `ot=th:c` for one trace in four.
 * @returns 1 / probability; 1 without a threshold, and for a threshold that is not valid
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th
 */
export function samplingWeight(traceState: string | undefined): number {
  const members = traceState?.split(',').map((member) => member.trim());
  const ours = members?.find((member) => member.startsWith('ot='))?.slice('ot='.length);
  const threshold = ours
    ?.split(';')
    .find((field) => field.startsWith('th:'))
    ?.slice('th:'.length);
  if (threshold === undefined || !/^[\da-f]{1,14}$/.test(threshold)) return 1;
  const rejected = Number.parseInt(threshold.padEnd(thresholdDigits, '0'), 16) / 16 ** thresholdDigits;
  return rejected < 1 ? 1 / (1 - rejected) : 1;
}
