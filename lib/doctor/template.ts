/** Reads the facts that the checks need from a template. */
import type { Resource, Template } from './synthesis.ts';

/** @returns logical ids and resources of a type */
export function resourcesOfType({ Resources }: Template, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}

/** Follows the members of a property; undefined if one is missing. */
export function propertyOf({ Properties }: Resource, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    Properties,
  );
}

/** Invocations that one provisioned poller has at once. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-provisioned-mode */
const invocationsOfPoller = 10;

/** @returns the concurrent invocations of all queues together */
export function queuedConcurrency(template: Template): number {
  const triggers = resourcesOfType(template, 'AWS::Lambda::EventSourceMapping');
  return triggers.reduce((sum, [, trigger]) => {
    const pollers = Number(propertyOf(trigger, 'ProvisionedPollerConfig', 'MaximumPollers') ?? 0);
    return sum + Number(propertyOf(trigger, 'ScalingConfig', 'MaximumConcurrency') ?? invocationsOfPoller * pollers);
  }, 0);
}

/** @returns the function that a schedule invokes */
export function scheduledFunction(template: Template): { readonly rule: string; readonly function: string } | undefined {
  for (const [rule, resource] of resourcesOfType(template, 'AWS::Events::Rule')) {
    const [target] = (propertyOf(resource, 'Targets') ?? []) as readonly { readonly Arn?: { readonly 'Fn::GetAtt'?: readonly string[] } }[];
    const id = target?.Arn?.['Fn::GetAtt']?.[0];
    if (id !== undefined && propertyOf(resource, 'ScheduleExpression') !== undefined) return { rule, function: id };
  }
  return undefined;
}
