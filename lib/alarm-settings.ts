/** The setting `alarms`: when an alarm rises, and whom it notifies. */
import * as z from 'zod';
import { named, strict } from './setting-forms.ts';

/** @see https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html for the names */
const topicArn = named(
  /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
  'the ARN of a topic of SNS, such as arn:aws:sns:eu-central-1:123456789012:operations',
  // A FIFO topic takes no message without a group, and alarms have none: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
).refine((arn) => !arn.endsWith('.fifo'), 'must be a standard topic: CloudWatch cannot publish to a FIFO topic');

export const alarmSettings = strict({
  email: z
    .email()
    .exactOptional()
    .describe(
      'Gets a mail when an alarm rises and falls; AWS asks the address for a confirmation first. With `topicArn` it is for `monthlyUsd` alone.',
    ),
  topicArn: topicArn
    .exactOptional()
    .describe(
      'A topic that the account already has, in the region of the deployment, which then gets the alarms in place of one of the stack’s own. Its policy, and that of its key, must let CloudWatch publish: [how](deploy.md#alarms-to-a-topic-of-yours).',
    ),
  longestWaitMinutes: z.int().min(1).max(10_080).default(30).describe('An alarm rises if a job waits longer for a worker.'),
  failurePercent: z
    .int()
    .min(1)
    .max(100)
    .default(25)
    .describe('An alarm rises if a higher share of the jobs that end within five minutes fail, in two of three such periods.'),
  lostWorkers: z.int().min(1).default(3).describe('An alarm rises if this many workers die in the middle of a job within 15 minutes.'),
  throttledInvocations: z
    .int()
    .min(1)
    .default(50)
    .describe('An alarm rises at this many within 5 minutes, across all functions of the account.'),
  serverErrors: z.int().min(1).default(5).describe('An alarm rises at this many responses of 500 and above within 5 minutes.'),
  runbookUrl: z.string().min(1).max(500).default('docs/runbook.md').describe('The runbook that alarms link.'),
  monthlyUsd: z
    .number()
    .min(1)
    .exactOptional()
    .describe(
      'AWS Budgets mails `email` when the account’s month has cost, or will cost, more. Refused in regions where CloudFormation does not support budgets: docs/deploy.md has a command for those.',
    ),
});
