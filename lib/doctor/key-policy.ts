/** Decides whether a key's policy lets an AWS service, or an account, use the key. It implements as much of IAM's evaluation as such policies use. */

export interface KeyUse {
  /** Names of the user in a policy, such as `logs.eu-central-1.amazonaws.com`. */
  readonly principals: readonly string[];
  readonly action: string;
  /** The known values of condition keys, by the name of the key in lower case. A service sends no others that a policy could check. */
  readonly context: Readonly<Record<string, string>>;
}

/** `unclear`: the answer depends on a condition that is not implemented here. */
export type Verdict = 'allowed' | 'refused' | 'unclear';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

type Match = 'yes' | 'no' | 'unclear';

/** @param policy the text that KMS returns */
export function keyPolicyAllows(policy: string, use: KeyUse): Verdict {
  const { Statement = [] } = JSON.parse(policy) as { readonly Statement?: Statement | readonly Statement[] };
  const statements = [Statement].flat() as readonly Statement[];
  const matchOf = (effect: string) => statements.filter(({ Effect }) => Effect === effect).map((statement) => matches(statement, use));
  const [denies, allows] = [matchOf('Deny'), matchOf('Allow')];
  if (denies.includes('yes')) return 'refused';
  if (denies.includes('unclear')) return 'unclear';
  if (allows.includes('yes')) return 'allowed';
  return allows.includes('unclear') ? 'unclear' : 'refused';
}

function matches(
  { Principal, Action, NotAction, NotPrincipal, Condition = {} }: Statement,
  { principals, action, context }: KeyUse,
): Match {
  if (NotAction !== undefined || NotPrincipal !== undefined) return 'unclear';
  const named = typeof Principal === 'string' ? [Principal] : Object.values(Principal ?? {}).flat();
  if (!named.includes('*') && !principals.some((one) => named.includes(one))) return 'no';
  if (![Action ?? []].flat().some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase()))) return 'no';
  const isService = principals.every((one) => /\.amazonaws\.com(\.cn)?$/.test(one));
  const results = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const value = context[key.toLowerCase()];
      // The values that roles and users send depend on the call and on the caller.
      return value === undefined && !isService ? 'unclear' : holds(operator, value, [values].flat());
    }),
  );
  if (results.includes('no')) return 'no';
  return results.includes('unclear') ? 'unclear' : 'yes';
}

/** Evaluates one condition. A key that is not sent makes it fail, unless its operator ends in `IfExists`. */
function holds(operator: string, value: string | undefined, wanted: readonly string[]): Match {
  const [, name = operator, ifExists] = /^(.*?)(IfExists)?$/.exec(operator) ?? [];
  const compare = comparisons[name];
  if (compare === undefined) return 'unclear';
  if (value === undefined) return ifExists === undefined ? 'no' : 'yes';
  return wanted.some((one) => compare(value, one)) ? 'yes' : 'no';
}

const comparisons: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: isLike,
  ArnEquals: isLike,
  ArnLike: isLike,
};

/** Matches `*` and `?` as IAM does. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
