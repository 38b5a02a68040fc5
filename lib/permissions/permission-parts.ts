/** Divides what a contract asks for into statements that fit into policies. */
import type { PermissionStatement } from '../../lambdas/core/contract/contract.ts';

type Values = string | readonly string[];

/**
 * Conditions that hold when any of their values matches, so that two statements with half of the values each allow what one with all of them does.
 * It is not so for those that deny (`StringNotEquals`), nor for `ForAllValues`.
 */
const anyOf = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|NumericEquals|DateEquals|IpAddress)(IfExists)?$/;

/**
 * Halves the longest list of a statement, of its resources or of a condition's values, until every part fits.
 * @param fits whether a policy has room for it
 * @returns the statement itself where it fits; a part that has no list to halve as it is, whether it fits or not
 */
export function partsThatFit(
  statement: PermissionStatement,
  fits: (statement: PermissionStatement) => boolean,
): readonly PermissionStatement[] {
  if (fits(statement)) return [statement];
  const [longest] = listsOf(statement).toSorted((a, b) => b.values.join().length - a.values.join().length);
  if (longest === undefined) return [statement];
  const { values, replacedBy } = longest;
  const middle = Math.ceil(values.length / 2);
  return [values.slice(0, middle), values.slice(middle)].flatMap((half) => partsThatFit(replacedBy(half), fits));
}

interface List {
  readonly values: readonly string[];
  readonly replacedBy: (values: readonly string[]) => PermissionStatement;
}

function listsOf(statement: PermissionStatement): readonly List[] {
  const { resources, conditions = {} } = statement;
  const ofConditions = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys as Readonly<Record<string, Values>>).flatMap(([key, values]) =>
      typeof values === 'string' || !anyOf.test(operator)
        ? []
        : [
            {
              values,
              replacedBy: (half: readonly string[]) => ({
                ...statement,
                conditions: { ...conditions, [operator]: { ...keys, [key]: half } },
              }),
            },
          ],
    ),
  );
  return [{ values: resources, replacedBy: (half: readonly string[]) => ({ ...statement, resources: half }) }, ...ofConditions].filter(
    ({ values }) => values.length > 1,
  );
}
