/**
 * Finds the segments at one position of a path that are one parameter. It judges by how many there are, how often each is requested and what is behind them.
 *
 * A wrong merge hides a slow endpoint among fast ones, and a missing merge only makes the table longer. So a large number of children is not
 * enough: thirty resources behind `/api` look the same too. There must be a reason to believe that the set is open.
 */
import { formOf, mayBeToken } from './path-shape.ts';
import { withForm } from './path-trie.ts';
import { isCollection, isOperation, parameterName } from './route-names.ts';
import { addNode, isPlaceholder, newRouteNode, type RouteNode } from './route-tree.ts';

/** Ours. More children than this are looked at; a position with fewer stays as it is. */
const maxLiteralChildren = 20;
/** Behind the name of a collection, three that look the same are names of its members. Ours. */
const maxNamedLiterals = 2;
/** A child with at least this share of its siblings' requests stays a word, such as `me` in `/users/me`. Ours. */
const frequentShare = 0.05;
/** More children than this are a parameter, however they look. Ours, ten times the number above. */
const maxClosedSet = 200;
/** A token that its shape does not give away joins the identifiers beside it when it has at most this many requests, or few beside theirs and the same behind it. Ours. */
const rareRequests = 5;
const locale = /^[a-z]{2}(?:[-_][a-z]{2,4})?$/i;

/** Merges, from the root down, what is one parameter. */
export function groupRoutes(node: RouteNode, name?: string): void {
  joinTokens(node);
  mergeMembers(node, name);
  for (const [key, child] of node.children) groupRoutes(child, isPlaceholder(key) ? undefined : key);
  if (node.merged !== undefined) groupRoutes(node.merged.node);
}

/** Puts rare tokens that look like words, `abcdefghijklmnoP` for example, to the identifiers beside them. */
function joinTokens(node: RouteNode): void {
  const ids = node.children.get('{id}');
  if (ids === undefined) return;
  for (const [key, child] of node.children) {
    if (isPlaceholder(key) || !mayBeToken(key)) continue;
    const isRareBeside = child.total < frequentShare * ids.total && [...child.children.keys()].every((next) => ids.children.has(next));
    if (child.total <= rareRequests || isRareBeside) join(node, ids, key, child);
  }
}

function mergeMembers(node: RouteNode, name: string | undefined): void {
  const literals = [...node.children].filter(([key]) => !isPlaceholder(key));
  // Behind `users` and the like are names, of which none may be shown.
  const isNamed = name !== undefined && isCollection(name);
  if (literals.length <= (isNamed ? maxNamedLiterals : maxLiteralChildren)) return;
  const requests = [...node.children.values()].reduce((total, child) => total + child.total, 0);
  const isFew = literals.length <= maxLiteralChildren;
  const rare = literals.filter(([key, child]) => (isFew || child.total < frequentShare * requests) && !isOperation(key));
  const common = commonTraits(rare);
  if (!isOpenSet(rare, common, name)) return;
  const members = rare.filter(([, child]) => hasCommonTraits(child, common));
  if (members.length < 2) return;
  const merged = newRouteNode();
  for (const [key, child] of members) join(node, merged, key, child);
  // A number and a name at the same position are two ways to write one parameter.
  for (const key of ['{id}', '{email}']) {
    const same = node.children.get(key);
    if (same === undefined) continue;
    addNode(merged, same);
    node.children.delete(key);
  }
  node.merged = {
    name: nameOf(
      members.map(([key]) => key),
      name,
    ),
    node: merged,
  };
}

function join(node: RouteNode, to: RouteNode, key: string, child: RouteNode): void {
  child.forms = undefined;
  to.forms = withForm(to.forms, formOf(key));
  addNode(to, child);
  node.children.delete(key);
}

/** What children of a position have in common. */
interface Traits {
  /** Methods of at least a tenth of them, and of three. */
  readonly methods: ReadonlySet<number>;
  /** Next segments of at least a tenth of them, and of three. */
  readonly next: ReadonlySet<string>;
  /** Whether as many have other next words: then the next position holds names too, as in `/{owner}/{repository}`. */
  readonly hasOtherNext: boolean;
  /** Whether most of them have the same word next. */
  readonly sharesWord: boolean;
}

type Children = readonly (readonly [string, RouteNode])[];

function commonTraits(children: Children): Traits {
  const needed = Math.max(Math.min(3, children.length / 2), children.length / 10);
  const methods = countBy(children, ({ counts }) => counts.flatMap((count, method) => (count > 0 ? [method] : [])));
  const nextCounts = countBy(children, (child) => child.children.keys());
  const next = new Set([...nextCounts].filter(([, having]) => having >= needed).map(([key]) => key));
  const others = children.filter(([, child]) => [...child.children.keys()].some((key) => !next.has(key) && !isPlaceholder(key)));
  return {
    methods: new Set([...methods].filter(([, having]) => having >= needed).map(([method]) => method)),
    next,
    hasOtherNext: others.length >= needed,
    // Behind resources there are identifiers and operations, which say nothing.
    sharesWord: [...nextCounts].some(([key, having]) => having > children.length / 2 && !isPlaceholder(key) && !isOperation(key)),
  };
}

/** How many of the children have each trait. */
function countBy<Trait>(children: Children, traitsOf: (child: RouteNode) => Iterable<Trait>): Map<Trait, number> {
  const counts = new Map<Trait, number>();
  for (const [, child] of children) for (const trait of traitsOf(child)) counts.set(trait, (counts.get(trait) ?? 0) + 1);
  return counts;
}

/** Whether a position holds members of a set that grows: by the name before it, by their number, by how many were seen only once or twice, or by what they have in common. */
function isOpenSet(children: Children, traits: Traits, name: string | undefined): boolean {
  if ((name !== undefined && isCollection(name)) || traits.sharesWord || children.length > maxClosedSet) return true;
  if (children.filter(([, child]) => child.total <= 2).length > children.length / 2) return true;
  return children.filter(([key]) => locale.test(key)).length > 0.9 * children.length;
}

/** Whether at least half of a child's requests go to methods and next segments that its siblings have too. */
function hasCommonTraits(child: RouteNode, traits: Traits): boolean {
  let shared = 0;
  let all = 0;
  child.counts.forEach((count, method) => {
    all += count;
    if (traits.methods.has(method)) shared += count;
  });
  for (const [key, below] of child.children) {
    all += below.total;
    if (traits.next.has(key) || (traits.hasOtherNext && !isPlaceholder(key))) shared += below.total;
  }
  return shared * 2 >= all;
}

function nameOf(keys: readonly string[], name: string | undefined): string {
  if (keys.every((key) => locale.test(key))) return 'locale';
  return keys.filter(mayBeToken).length * 2 > keys.length ? 'id' : parameterName(name);
}
