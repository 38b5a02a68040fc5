/** The setting `domain`: an address of the account's own for the API, in place of the one that API Gateway generates. */
import * as z from 'zod';
import { named, strict } from './setting-forms.ts';

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html */
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domainForm = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*\\.[a-z][a-z0-9-]*[a-z0-9]$`);

export const domainSettings = strict({
  name: z
    .string()
    .refine(
      (name) => domainForm.test(name),
      'must be a host name in lower case, such as jobs.example.com: without https://, a path, a port and a *',
    )
    .refine((name) => !/\.amazonaws\.com(\.cn)?$/.test(name), 'must be a name of yours: those under amazonaws.com belong to AWS')
    .describe('The host name, such as `jobs.example.com`. One API has one, and in a region only one account can have it.'),
  certificateArn: named(
    /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-z-]+$/,
    'the ARN of a certificate of ACM, such as arn:aws:acm:eu-central-1:123456789012:certificate/…',
  ).describe('A certificate of ACM for this name, issued, in the account and the region of the deployment.'),
  hostedZoneId: named(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ, without /hostedzone/')
    .exactOptional()
    .describe(
      'The public zone of Route 53, of the same account, that gets the alias record. Without it, point the name at the output `DomainTarget` yourself.',
    ),
  disableExecuteApiEndpoint: z
    .boolean()
    .default(false)
    .describe('Whether the generated address stops answering. Turn it on once every caller has the new one.'),
});
