import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { unusedUploadDays, uploadFolder, uploadTag } from '../lambdas/core/job/upload.ts';
import type { DeploymentContext } from './deployment-context.ts';
import { objectDays } from './object-days.ts';
import { suppressWildcardFindings } from './permissions/permission.ts';

export interface PayloadBucketProps {
  /** How long an ended job is kept. */
  readonly retentionDays: number;
  /** Pages of these origins may upload. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly context: DeploymentContext;
}

/** Large inputs and results (`payloads/`), files of jobs (`files/`) and what callers upload (`uploads/`); private, encrypted, and everything in it expires. */
export class PayloadBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { retentionDays, corsOrigins, context: { key, removalPolicy } }: PayloadBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      // A bucket key spares nearly every call of KMS.
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy,
      // CloudFormation deletes no bucket that holds anything.
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
      lifecycleRules: [
        { expiration: Duration.days(objectDays(retentionDays)), abortIncompleteMultipartUploadAfter: Duration.days(1) },
        {
          prefix: `${uploadFolder}/`,
          tagFilters: { [uploadTag.name]: uploadTag.unused },
          expiration: Duration.days(unusedUploadDays),
        },
      ],
      ...(corsOrigins === undefined
        ? {}
        : { cors: [{ allowedOrigins: [...corsOrigins], allowedMethods: [HttpMethods.PUT], allowedHeaders: ['*'], maxAge: 3600 }] }),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Only the functions and short-lived links reach it; its access log would be a second bucket of callers’ data. CloudTrail data events serve who wants one.',
    });
  }

  get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** The host of its links. */
  get domainName(): string {
    return this.bucket.bucketRegionalDomainName;
  }

  /** Lets pages of an origin read what a link, which the API made for their caller, leads to. */
  allowDownloads(origin: string): void {
    this.bucket.addCorsRule({ allowedOrigins: [origin], allowedMethods: [HttpMethods.GET], maxAge: 3600 });
  }

  /** Keeping large inputs, handing out results and files, and signing and keeping uploads, which the API itself cannot read. */
  grantAccept(grantee: IRole): Grant {
    return this.grant(grantee, ['s3:PutObject'], 'payloads')
      .combine(this.grant(grantee, ['s3:GetObject'], 'payloads', 'files'))
      .combine(this.grant(grantee, ['s3:PutObject', 's3:GetObjectTagging'], uploadFolder))
      .combine(this.grantKeepUploads(grantee))
      .combine(this.grantKnowMissing(grantee));
  }

  /** What workers and the clock do: large inputs, steps and results. */
  grantWork(grantee: IRole): Grant {
    return this.grant(grantee, ['s3:GetObject', 's3:PutObject'], 'payloads').combine(this.grantKnowMissing(grantee));
  }

  /**
   * S3 distinguishes what is missing from what may not be read only for those who may list the bucket, all of it: the request for an object has no prefix
   * that a condition could hold against. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  private grantKnowMissing(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
  }

  /** What a worker does whose jobs name uploads. */
  grantReadUploads(grantee: IRole): Grant {
    return this.grant(grantee, ['s3:GetObject'], uploadFolder);
  }

  /** What accepting a job does that names uploads. */
  grantKeepUploads(grantee: IRole): Grant {
    return this.grant(grantee, ['s3:PutObjectTagging'], uploadFolder);
  }

  /** What a worker does that hands out files, in as many parts as they need. */
  grantFiles(grantee: IRole, use: 'write' | 'write-and-read'): Grant {
    const read = use === 'write-and-read' ? ['s3:GetObject'] : [];
    return this.grant(grantee, ['s3:PutObject', 's3:AbortMultipartUpload', ...read], 'files');
  }

  private grant(grantee: IRole, actions: string[], ...folders: string[]): Grant {
    const resourceArns = folders.map((folder) => this.bucket.arnForObjects(`${folder}/*`));
    suppressWildcardFindings(grantee, resourceArns, 'Objects are named by their jobs, in these folders alone.');
    return Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
