import { Stack, Token } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { jobTable } from '../lambdas/adapters/table-layout.ts';
import type { DeploymentContext } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';
import { freshReadUnits, warmUnits } from './scale-settings.ts';

export interface JobTableProps {
  readonly context: DeploymentContext;
  /** The rate of jobs that the table and its indexes are prepared for. @default that of a new table */
  readonly warmJobsPerSecond?: number | undefined;
}

/** The jobs: one item each, an index for the clock and two for lists, expiry, and point-in-time recovery. */
export class JobTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { context: { key, removalPolicy }, warmJobsPerSecond }: JobTableProps) {
    super(scope, id);
    if (key !== undefined && Token.isUnresolved(Stack.of(this).region))
      throw new DeploymentError('With a KMS key the table must know its region: set AWS_REGION, or give the stack an env with a region.');
    const { due, listing, ended } = jobTable;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: jobTable.partitionKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: key === undefined ? TableEncryptionV2.dynamoOwnedKey() : TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: jobTable.timeToLiveAttribute,
      removalPolicy,
      ...warm('table', warmJobsPerSecond),
      globalSecondaryIndexes: [
        { ...index(due, AttributeType.NUMBER), ...warm('due', warmJobsPerSecond) },
        { ...index(listing, AttributeType.STRING), ...warm('listing', warmJobsPerSecond) },
        { ...index(ended, AttributeType.STRING), ...warm('ended', warmJobsPerSecond) },
      ],
    });
  }

  get tableName(): string {
    return this.table.tableName;
  }

  /** Accepting jobs. */
  grantCreate(grantee: IGrantable): Grant {
    return this.grant(grantee, 'dynamodb:PutItem', 'dynamodb:GetItem');
  }

  /** Finding out which of an owner's counted jobs have ended, where the quota limits those in flight. */
  grantCountJobs(grantee: IGrantable): Grant {
    return this.grantReadMany(grantee);
  }

  /** Reading many items by their ids. */
  grantReadMany(grantee: IGrantable): Grant {
    return this.grant(grantee, 'dynamodb:BatchGetItem');
  }

  /** Claiming, finishing, cancelling, waking. */
  grantChange(grantee: IGrantable): Grant {
    return this.grant(grantee, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
  }

  /** Finding an owner's jobs. */
  grantList(grantee: IGrantable): Grant {
    const { listing, ended, due } = jobTable;
    return this.grant(grantee, 'dynamodb:BatchGetItem').combine(this.grantQuery(grantee, listing.name, ended.name, due.name));
  }

  /** Finding overdue jobs. */
  grantFindDue(grantee: IGrantable): Grant {
    return this.grantQuery(grantee, jobTable.due.name);
  }

  /** Finding out whether there is anything to look for. */
  grantProbeAlarms(grantee: IGrantable): Grant {
    return this.grantOnIndexes(grantee, 'dynamodb:Scan', jobTable.due.name);
  }

  private grant(grantee: IGrantable, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }

  private grantQuery(grantee: IGrantable, ...indexes: string[]): Grant {
    return this.grantOnIndexes(grantee, 'dynamodb:Query', ...indexes);
  }

  private grantOnIndexes(grantee: IGrantable, action: string, ...indexes: string[]): Grant {
    const resourceArns = indexes.map((name) => `${this.table.tableArn}/index/${name}`);
    return Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
  }
}

function warm(part: keyof ReturnType<typeof warmUnits>, jobsPerSecond: number | undefined): Pick<TablePropsV2, 'warmThroughput'> {
  if (jobsPerSecond === undefined) return {};
  return { warmThroughput: { writeUnitsPerSecond: warmUnits(jobsPerSecond)[part], readUnitsPerSecond: freshReadUnits } };
}

type Index = typeof jobTable.due | typeof jobTable.listing | typeof jobTable.ended;

function index({ name, partitionKey, sortKey, holds }: Index, sortKeyType: AttributeType): GlobalSecondaryIndexPropsV2 {
  return {
    indexName: name,
    partitionKey: { name: partitionKey, type: AttributeType.STRING },
    sortKey: { name: sortKey, type: sortKeyType },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: [...holds],
  };
}
