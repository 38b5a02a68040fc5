/** Forms that several settings share: names that are listed, ARNs, and objects whose errors say what is allowed. */
import { Token } from 'aws-cdk-lib';
import * as z from 'zod';

/** Accepts a text of this form, or one that CDK knows only at deployment, such as the name of a table of the same app. */
export const named = (pattern: RegExp, what: string) =>
  z.string().refine((text) => Token.isUnresolved(text) || pattern.test(text), `must be ${what}`);

/** A list of allowed names. What is not listed is denied, and no form accepts a `*`. */
export const list = (pattern: RegExp, what: string) => z.array(named(pattern, what)).default([]);

export const keyArn = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-z-]+$/;
export const keys = () => list(keyArn, 'the ARN of a KMS key, such as arn:aws:kms:eu-central-1:123456789012:key/…, not an alias');

/** A strict object whose error lists the known members. */
export const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no ${issue.keys.join(', ')} here. There are: ${Object.keys(shape).join(', ')}`
        : undefined,
  });
