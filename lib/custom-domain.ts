import { Stack, Token } from 'aws-cdk-lib';
import { DomainName, EndpointType, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { DeploymentError } from './deployment-error.ts';
import type { DelegationSettings } from './settings.ts';

export type CustomDomainProps = NonNullable<DelegationSettings['domain']>;

/**
 * A host name of the account's own for the API: regional, since an HTTP API has no other, and with TLS 1.2, the only version that it supports.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
 */
export class CustomDomain extends Construct {
  /** The address of the API, without a slash at its end. */
  readonly url: string;
  /** What a record of the name has to point to. */
  readonly target: string;
  readonly domainName: DomainName;

  constructor(scope: Construct, id: string, { name, certificateArn, hostedZoneId }: CustomDomainProps) {
    super(scope, id);
    refuseOtherAccounts(this, certificateArn);
    this.domainName = new DomainName(this, 'Name', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    this.url = `https://${name}`;
    this.target = this.domainName.regionalDomainName;
    if (hostedZoneId !== undefined) this.createRecord(name, hostedZoneId);
  }

  /** Creates an alias, which costs nothing a request and works at the top of a zone, too. */
  private createRecord(name: string, hostedZoneId: string): void {
    new CfnRecordSet(this, 'Record', {
      name,
      hostedZoneId,
      type: 'A',
      aliasTarget: { dnsName: this.domainName.regionalDomainName, hostedZoneId: this.domainName.regionalHostedZoneId },
    });
  }
}

/** Certificates cannot be shared between accounts. @throws DeploymentError */
function refuseOtherAccounts(scope: Construct, certificateArn: string): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(account) || Token.isUnresolved(certificateArn)) return;
  const owner = certificateArn.split(':')[4];
  if (owner === account) return;
  throw new DeploymentError(
    `The setting domain.certificateArn names a certificate of the account ${owner}; the deployment is in ${account}, and needs one of its own.`,
  );
}
