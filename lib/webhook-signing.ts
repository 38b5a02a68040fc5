import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DeploymentContext } from './deployment-context.ts';

/** 64 letters and digits are base64 of 48 random bytes; Standard Webhooks asks for 24 to 64. */
const secretLength = 64;

/** The secret that signs webhooks. Its value is one secret, or two separated by a space while they rotate; docs/webhooks.md has the commands. */
export class WebhookSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { key, removalPolicy }: Pick<DeploymentContext, 'key' | 'removalPolicy'>) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Delegation: signs webhooks (Standard Webhooks, whsec_)',
      generateSecretString: { passwordLength: secretLength, excludePunctuation: true },
      removalPolicy,
      ...(key === undefined ? {} : { encryptionKey: key }),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'A rotation takes the receivers along, so a person does it: docs/webhooks.md. Both secrets sign meanwhile.',
    });
    this.secret = secret;
  }
}
