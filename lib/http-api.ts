import { HttpApi as ApiGateway, HttpMethod, HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { serviceFunction } from './service-function.ts';

export interface HttpApiProps {
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queues: readonly JobQueue[];
}

/** API Gateway's HTTP API before one function. Every call is signed (SigV4) but the health check. */
export class HttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { architecture, environment, table, bucket, queues }: HttpApiProps) {
    super(scope, id);
    const api = serviceFunction(this, {
      description: 'Delegation: accepts jobs and tells about them',
      entry: 'lambdas/api/handler.ts',
      architecture,
      environment,
      timeoutSeconds: 29, // the gateway gives up after 30
      memoryMiB: 512,
    });
    table.grantCreate(api);
    table.grantChange(api);
    table.grantList(api);
    bucket.grantAccept(api);
    for (const queue of queues) queue.grantWakeUp(api);
    const integration = new HttpLambdaIntegration('Integration', api);
    const gateway = new ApiGateway(this, 'Gateway', { defaultIntegration: integration, defaultAuthorizer: new HttpIamAuthorizer() });
    gateway.addRoutes({ path: '/healthz', methods: [HttpMethod.GET], integration, authorizer: new HttpNoneAuthorizer() });
    this.url = gateway.apiEndpoint;
  }
}
