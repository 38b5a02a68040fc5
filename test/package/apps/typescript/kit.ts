/** Compiled only, without `skipLibCheck`: these types need nothing that the package does not bring. */
import { killAnywhere, testKit } from 'delegation-aws/testing';
import { verifyWebhook } from 'delegation-aws/webhook';

export const kit = { killAnywhere, testKit };
export const receive = verifyWebhook;
