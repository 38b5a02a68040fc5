/** The check of the check: what would make a role too narrow or too wide, and whether the requests notice it. */
import type { Grant, Grants } from './granted.ts';
import { isAllowedBy } from './policy-simulation.ts';
import { grantsThatAllow, type Requests, reasonOf } from './verdict.ts';

export interface ChangesNoticed {
  readonly noticed: number;
  /** Changes that nothing notices. */
  readonly missed: readonly string[];
  /** Changes that nothing notices, and why. */
  readonly excepted: readonly string[];
}

interface Change {
  readonly what: string;
  /** What takes the grant's place; undefined when it is taken away. */
  readonly instead?: Grant;
  /** Why it changes nothing, where it does not. */
  readonly reason?: string | undefined;
}

/**
 * Each grant, an action on a resource, is taken away; loses each of its conditions; is widened to what is beside its resource, and to `*`. What
 * takes more away, such as a whole statement, is noticed by the same requests.
 */
export async function noticedChanges(requests: ReadonlyMap<string, Requests>, granted: Grants): Promise<ChangesNoticed> {
  const missed: string[] = [];
  const excepted: string[] = [];
  let noticed = 0;
  for (const [name, grants] of granted) {
    const { needed = [], foreign = [] } = requests.get(name) ?? {};
    for (const grant of grants) {
      const others = grants.filter((other) => other !== grant);
      for (const { what, instead, reason } of changesOf(name, grant)) {
        const text = `${name}, ${grant.action} on ${grant.resource}: ${what}`;
        const isNoticed =
          instead === undefined
            ? await some(needed, async (request) => (await grantsThatAllow(others, request)).length === 0)
            : await some(foreign, (request) => isAllowedBy(instead, request));
        if (isNoticed) noticed++;
        else if (reason === undefined) missed.push(text);
        else excepted.push(`${text} (${reason})`);
        if (isNoticed && reason !== undefined) missed.push(`${text}; its reason no longer holds: ${reason}`);
      }
    }
  }
  return { noticed, missed, excepted };
}

function changesOf(name: string, grant: Grant): readonly Change[] {
  const { resource, condition = {}, ...rest } = grant;
  const operators = Object.keys(condition);
  const withoutOperator = (operator: string) => Object.fromEntries(Object.entries(condition).filter(([other]) => other !== operator));
  const beside = resource.replace(/[^/:]+(\/\*)?$/, '*');
  return [
    { what: 'taken away', reason: reasonOf(name, grant) },
    ...operators.map((operator) => ({
      what: `without ${operator}`,
      instead: { ...rest, resource, ...(operators.length === 1 ? {} : { condition: withoutOperator(operator) }) },
    })),
    { what: 'on *', instead: { ...grant, resource: '*' }, reason: resource === '*' ? 'AWS knows no resources for it' : undefined },
    // All of a kind, such as `instance/*`, has only other kinds beside it.
    ...(resource === beside || /:(ec2|elastic-inference|resource-groups):.*\/\*$/.test(resource)
      ? []
      : [{ what: `on ${beside}`, instead: { ...grant, resource: beside } }]),
  ];
}

async function some<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<boolean> {
  for (const value of values) if (await test(value)) return true;
  return false;
}
