import { httpApiRules } from './http-api.ts';
import { iamRules } from './iam.ts';
import { lambdaRules } from './lambda.ts';
import type { Rule } from './rule.ts';
import { s3Rules } from './s3.ts';
import { sqsRules } from './sqs.ts';

/** All of them, service by service. */
export const rules: readonly Rule[] = [...s3Rules, ...httpApiRules, ...lambdaRules, ...sqsRules, ...iamRules];
