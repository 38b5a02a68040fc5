import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Delegation } from 'delegation-aws';
import { contract as archiveOrders } from './jobs/archive-orders/contract.ts';

/** A shop with its orders, and Delegation inside it for work that need not be done in real time. */
export class ShopStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const orders = new TableV2(this, 'Orders', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const archive = new Bucket(this, 'Archive', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });

    const jobs = new Delegation(this, 'Jobs', {
      jobTypes: [
        {
          contract: archiveOrders,
          folder: join(import.meta.dirname, 'jobs', 'archive-orders'),
          environment: { ORDERS_TABLE: orders.tableName, ARCHIVE_BUCKET: archive.bucketName },
        },
      ],
      quota: { jobsInFlight: 10 },
      retentionDays: 90,
    });

    const backOffice = new Role(this, 'BackOffice', { assumedBy: new AccountRootPrincipal() });
    jobs.grantSubmit(backOffice);
    new CfnOutput(this, 'JobsUrl', { value: jobs.url, description: 'Where the back office submits jobs: POST /v1/jobs' });
  }
}
