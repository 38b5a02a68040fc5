import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The longest that CloudFormation puts in place of what is the same for a whole stack. */
const ofStack: Readonly<Record<string, string>> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': 'ap-southeast-1',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};
/** The length of a value from elsewhere, such as a parameter or another stack: as long as the names of most resources can be. */
const maxForeignLength = 255;
/** The length of what precedes the name in an ARN or a queue's URL. */
const maxPrefixLength = 70;
/** What CloudFormation adds to stack and logical id to make a name. */
const suffixLength = 14;

/** Returns a value as the deployment may get it: what stands for a name, ARN or URL until then is replaced by a text as long as that can become. */
export function replaceTokensByLongest(scope: IConstruct, value: unknown): unknown {
  const stack = Stack.of(scope);
  const longest = (logicalId: string, prefixLength: number) =>
    'x'.repeat(prefixLength + Math.min(stack.stackName.length + logicalId.length + suffixLength, maxForeignLength));
  const replace = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(replace);
    const [[name = '', of] = []] = Object.entries(part);
    if (name === 'Ref') return ofStack[String(of)] ?? longest(String(of), maxPrefixLength);
    if (name === 'Fn::GetAtt') return longest(String((of as readonly unknown[])[0]), maxPrefixLength);
    if (name === 'Fn::Join') {
      const [separator, parts] = of as readonly [string, readonly unknown[]];
      if (Array.isArray(parts)) return parts.map(replace).join(separator);
    }
    if (name.startsWith('Fn::')) return 'x'.repeat(maxForeignLength);
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, replace(member)]));
  };
  return replace(stack.resolve(value));
}
