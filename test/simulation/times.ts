/** The times of a deployment, by default. */
export const clockPeriodMs = 60_000;
export const defaultTimes = { leaseMs: 120_000, graceMs: 120_000, periodMs: clockPeriodMs, retentionMs: 30 * 86_400_000 };
