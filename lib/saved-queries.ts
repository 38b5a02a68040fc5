import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** The folder that they stand in. */
  readonly stage: string;
  /** Of all functions. */
  readonly logs: readonly ILogGroup[];
  readonly accessLog: ILogGroup;
}

/** Questions that people ask of the logs, ready in CloudWatch Logs Insights. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { stage, logs, accessLog }: SavedQueriesProps) {
    super(scope, id);
    const save = (name: string, queryString: QueryString, logGroups: readonly ILogGroup[] = logs) =>
      new QueryDefinition(this, name.replaceAll(/[^A-Za-z]+/g, ''), {
        queryDefinitionName: `${stage}/${name}`,
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
      // By what is counted, which also the lines of jobs have that the clock ended.
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
        fields: ['@timestamp', '@message'],
        filterStatements: ["level in ['WARN', 'ERROR', 'FATAL']"],
        sort: '@timestamp desc',
        limit: 200,
      }),
    );
    save(
      'Requests that were not served',
      new QueryString({
        fields: ['@timestamp', 'status', 'method', 'path', 'caller', 'subject', 'error', 'authorizerError'],
        filterStatements: ['status >= 400'],
        sort: '@timestamp desc',
        limit: 200,
      }),
      [accessLog],
    );
  }
}
