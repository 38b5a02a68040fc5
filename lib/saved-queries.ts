import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** The folder of the queries. */
  readonly deploymentName: string;
  /** The logs of all functions. */
  readonly logs: readonly ILogGroup[];
  readonly accessLog: ILogGroup;
}

/**
 * Matches the functions' own lines, the lines of Node's runtime about uncaught errors, and Lambda's own events: these have no level, and show
 * how an invocation ended that ran out of time or memory, or whose process ended.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
const warningsAndErrors =
  "level in ['WARN', 'ERROR', 'FATAL'] or record.status in ['error', 'failure', 'timeout'] or type = 'platform.logsDropped'";

/** Saved queries of CloudWatch Logs Insights for common questions about the logs. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { deploymentName, logs, accessLog }: SavedQueriesProps) {
    super(scope, id);
    const save = (name: string, queryString: QueryString, logGroups: readonly ILogGroup[] = logs) =>
      new QueryDefinition(this, name.replaceAll(/[^A-Za-z]+/g, ''), {
        queryDefinitionName: `${deploymentName}/${name}`,
        queryString,
        logGroups: [...logGroups],
      });
    save(
      "A job's whole story",
      new QueryString({
        fields: ['@timestamp', 'level', 'message', 'attempt', 'status', 'code', 'ms', 'trace', '@message'],
        filterStatements: ["job = 'job_PUT_THE_ID_HERE'"],
        sort: '@timestamp asc',
        limit: 1_000,
      }),
    );
    save(
      'Failures by code',
      // Filters by the metric, since the lines of jobs that the clock ended have it too.
      new QueryString({ filterStatements: ['Failed = 1'], statsStatements: ['count(*) as jobs by type, code'], sort: 'jobs desc' }),
    );
    save(
      'The slowest runs',
      new QueryString({
        fields: ['@timestamp', 'type', 'job', 'owner', 'ms', 'status', 'code'],
        filterStatements: ['ispresent(ms)'],
        sort: 'ms desc',
        limit: 50,
      }),
    );
    save(
      'Warnings and errors',
      new QueryString({
        fields: ['@timestamp', 'type', 'record.status', 'record.errorType', 'record.metrics.maxMemoryUsedMB', '@message'],
        filterStatements: [warningsAndErrors],
        sort: '@timestamp desc',
        limit: 200,
      }),
    );
    save(
      'Requests that were not served',
      new QueryString({
        fields: ['@timestamp', 'status', 'method', 'path', 'caller', 'subject', 'error', 'authorizerError', '@message'],
        // API Gateway quotes values without escaping them: a line that a value breaks is not JSON, and has no status.
        filterStatements: ['status >= 400 or not ispresent(status)'],
        sort: '@timestamp desc',
        limit: 200,
      }),
      [accessLog],
    );
  }
}
