import { type ILogGroup, QueryDefinition, QueryString, type QueryStringProps } from 'aws-cdk-lib/aws-logs';
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

const queriesOfFunctions: Readonly<Record<string, QueryStringProps>> = {
  "A job's whole story": {
    fields: ['@timestamp', 'level', 'message', 'attempt', 'status', 'code', 'ms', 'trace', '@message'],
    filterStatements: ["job = 'job_PUT_THE_ID_HERE'"],
    sort: '@timestamp asc',
    limit: 1_000,
  },
  // Filters by the metric, since the lines of jobs that the clock ended have it too.
  'Failures by code': { filterStatements: ['Failed = 1'], statsStatements: ['count(*) as jobs by type, code'], sort: 'jobs desc' },
  'The slowest runs': {
    fields: ['@timestamp', 'type', 'job', 'owner', 'ms', 'status', 'code'],
    filterStatements: ['ispresent(ms)'],
    sort: 'ms desc',
    limit: 50,
  },
  'Warnings and errors': {
    fields: ['@timestamp', 'type', 'record.status', 'record.errorType', 'record.metrics.maxMemoryUsedMB', '@message'],
    filterStatements: [warningsAndErrors],
    sort: '@timestamp desc',
    limit: 200,
  },
};
const queriesOfAccess: Readonly<Record<string, QueryStringProps>> = {
  'Requests that were not served': {
    fields: ['@timestamp', 'status', 'method', 'path', 'caller', 'subject', 'error', 'authorizerError', '@message'],
    // API Gateway quotes values without escaping them: a line that a value breaks is not JSON, and has no status.
    filterStatements: ['status >= 400 or not ispresent(status)'],
    sort: '@timestamp desc',
    limit: 200,
  },
};

/** Saved queries of CloudWatch Logs Insights for common questions about the logs. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { deploymentName, logs, accessLog }: SavedQueriesProps) {
    super(scope, id);
    const save = (queries: Readonly<Record<string, QueryStringProps>>, logGroups: readonly ILogGroup[]) => {
      for (const [name, query] of Object.entries(queries))
        new QueryDefinition(this, name.replaceAll(/[^A-Za-z]+/g, ''), {
          queryDefinitionName: `${deploymentName}/${name}`,
          queryString: new QueryString(query),
          logGroups: [...logGroups],
        });
    };
    save(queriesOfFunctions, logs);
    save(queriesOfAccess, [accessLog]);
  }
}
