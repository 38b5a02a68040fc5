/** Texts about a job for other tools: the query of its log, and a report for whoever fixes what failed. */
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';

/** The query of CloudWatch Logs Insights for all that was logged about the job; the stack saves the same as "A job's whole story". */
export function logQuery(id: string): string {
  return [
    'fields @timestamp, level, message, attempt, status, code, ms, trace, @message',
    `| filter job = '${id}'`,
    '| sort @timestamp asc',
    '| limit 1000',
  ].join('\n');
}

/** The log of the local mode is a file, with a line of JSON for each event. */
export function localLogCommand(id: string): string {
  return `grep ${id} .delegation/delegation.log`;
}

/**
 * Describes what happened in Markdown, without anything that a caller or the work put in: no input, no result, no tags, no owner, no keys and no
 * details of errors. The messages of errors are in it, since they are what a report is about: read them before you send it.
 */
export function bugReport(job: JobResource, version: string): string {
  const { reason, error, cost } = job;
  const lines = [
    `# ${job.type}: ${job.status}`,
    '',
    `- job: \`${job.id}\`, Delegation ${version}`,
    `- attempts: ${job.attempt} of ${job.maxAttempts}`,
    ...(reason === null ? [] : [`- reason: \`${reason.code}\`${reason.until === null ? '' : ` until ${reason.until}`}`]),
    ...(error === null ? [] : [`- error: \`${error.code}\`: ${error.message}`, `- retryable: ${error.retryable}`]),
    `- accepted ${job.createdAt}, started ${job.startedAt ?? 'never'}, ended ${job.finishedAt ?? 'not yet'}, deadline ${job.deadline}`,
    `- used: ${cost.invocations} invocations, ${cost.runSeconds} s, ${cost.recordWrites} writes of the record`,
    '',
    '| at | event | attempt |',
    '|---|---|---|',
    ...job.timeline.map(({ at, event, attempt }) => `| ${at} | ${event} | ${attempt ?? ''} |`),
    '',
    'Input, result, tags, owner and keys were left out.',
  ];
  return lines.join('\n');
}
