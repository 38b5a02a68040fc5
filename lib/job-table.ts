import { Stack, Token } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { jobTable } from '../lambdas/adapters/table-layout.ts';
import type { DeploymentContext } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';

export interface JobTableProps {
  readonly context: DeploymentContext;
}

/** The jobs: one item each, an index for the clock and one for listings, expiry, and point-in-time recovery. */
export class JobTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { context: { key, removalPolicy } }: JobTableProps) {
    super(scope, id);
    if (key !== undefined && Token.isUnresolved(Stack.of(this).region))
      throw new DeploymentError('With a KMS key the table must know its region: set AWS_REGION, or give the stack an env with a region.');
    const { due, listing } = jobTable;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: jobTable.partitionKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: key === undefined ? TableEncryptionV2.dynamoOwnedKey() : TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: jobTable.timeToLiveAttribute,
      removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: due.name,
          partitionKey: { name: due.partitionKey, type: AttributeType.STRING },
          sortKey: { name: due.sortKey, type: AttributeType.NUMBER },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...due.holds],
        },
        {
          indexName: listing.name,
          partitionKey: { name: listing.partitionKey, type: AttributeType.STRING },
          sortKey: { name: listing.sortKey, type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
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
    return this.grant(grantee, 'dynamodb:BatchGetItem');
  }

  /** Claiming, finishing, cancelling, waking. */
  grantChange(grantee: IGrantable): Grant {
    return this.grant(grantee, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
  }

  /** Finding an owner's jobs. */
  grantList(grantee: IGrantable): Grant {
    return this.grant(grantee, 'dynamodb:BatchGetItem').combine(this.grantQuery(grantee, jobTable.listing.name));
  }

  /** Finding overdue jobs. */
  grantFindDue(grantee: IGrantable): Grant {
    return this.grantQuery(grantee, jobTable.due.name);
  }

  private grant(grantee: IGrantable, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }

  private grantQuery(grantee: IGrantable, index: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns: [`${this.table.tableArn}/index/${index}`] });
  }
}
