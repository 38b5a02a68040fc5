/** Merges the rarest endpoints where there are too many for a table. */
import { addCounts } from './path-trie.ts';
import { type RouteNode, sum } from './route-tree.ts';

/** More endpoints than this make a table that no person reads, and each costs memory in every measure. Ours. */
export const maxEndpoints = 500;

interface Place {
  readonly node: RouteNode;
  readonly parent: RouteNode | undefined;
  readonly path: string;
  readonly isCatchAll: boolean;
  readonly requests: number;
}

/**
 * Puts the rarest endpoints under their parent as `/a/b/*`, and these under theirs, until at most 500 are left.
 * @returns how many were merged
 */
export function limitEndpoints(root: RouteNode): number {
  let merged = 0;
  for (;;) {
    const places = placesOf(root);
    let endpoints = places.reduce((count, place) => count + methodsAt(place), 0);
    if (endpoints <= maxEndpoints) return merged;
    const before = merged;
    const grown = new Set<RouteNode>();
    for (const place of places.sort(rarestFirst)) {
      if (endpoints <= maxEndpoints) return merged;
      const { node, parent, isCatchAll } = place;
      if (parent === undefined || (isCatchAll && grown.has(node))) continue;
      const counts = (isCatchAll ? node.catchAll : node.counts) ?? [];
      endpoints -= methodCount(counts) + methodCount(parent.catchAll);
      merged += methodCount(counts);
      parent.catchAll ??= [];
      addCounts(parent.catchAll, counts);
      if (isCatchAll) node.catchAll = undefined;
      else node.counts = [];
      endpoints += methodCount(parent.catchAll);
      grown.add(parent);
    }
    if (merged === before) return merged;
  }
}

function placesOf(root: RouteNode): Place[] {
  const places: Place[] = [];
  const visit = (node: RouteNode, parent: RouteNode | undefined, path: string): void => {
    if (node.counts.length > 0) places.push({ node, parent, path, isCatchAll: false, requests: sum(node.counts) });
    if (node.catchAll !== undefined) places.push({ node, parent, path: `${path}/*`, isCatchAll: true, requests: sum(node.catchAll) });
    for (const [key, child] of node.children) visit(child, node, `${path}/${key}`);
    if (node.merged !== undefined) visit(node.merged.node, node, `${path}/{${node.merged.name}}`);
  };
  visit(root, undefined, '');
  return places;
}

function rarestFirst(a: Place, b: Place): number {
  return a.requests - b.requests || (a.path < b.path ? -1 : 1);
}

function methodsAt({ node, isCatchAll }: Place): number {
  return methodCount(isCatchAll ? node.catchAll : node.counts);
}

function methodCount(counts: readonly number[] | undefined): number {
  return counts?.filter((count) => count > 0).length ?? 0;
}
