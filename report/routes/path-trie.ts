/**
 * What is learnt of paths: a trie of their segments with counts, in bounded memory and the same for every order of the requests.
 *
 * A node keeps the 2,000 children whose names have the smallest hashes. A child that is among them at the end was among them at every moment since it was first
 * seen, so it was never dropped and its counts are exact; every request of the other children ends in `rest`, whichever was dropped or refused when.
 */

import { hashOf, ownText, shortHashOf } from './path-hash.ts';
import { PathSample } from './path-sample.ts';
import { compareForm, formOf, placeholderOf, segmentsOf } from './path-shape.ts';
import { TextMemory } from './text-memory.ts';

/** Children that a node keeps. Ours: ten times what a fixed set of routes has, and enough to see what the members of an open set have in common. */
const maxChildren = 2_000;
/** Children that each of those 2,000 keeps, and theirs. Ours: 112 nodes a child at most, so one crowded node has at most 224,000. */
const maxChildrenBelowCrowd = [16, 3, 1] as const;
/** Ours. What is deeper belongs to the node at this depth. */
const maxDepth = 16;
/** Some 200 bytes each. Ours. */
const defaultMaxNodes = 300_000;

const maxForms = 3;

/** The methods that are counted one by one; the last stands for all others. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'other'] as const;
const methodNumbers = new Map<string, number>(methods.map((method, i) => [method, i]));
const otherMethod = methods.length - 1;

export interface PathNode {
  readonly hash: number;
  readonly parent: PathNode | undefined;
  readonly depth: number;
  /** How deep it is below a crowded node: 0 when there is none above it, 1 for a child of a crowded node. */
  generation: number;
  /** Has had more than 2,000 children. */
  isCrowded: boolean;
  /** By segment, or by placeholder where the shape gives one. */
  children: Map<string, PathNode> | undefined;
  /** Hashes above this are refused: the 2,000 smallest are known to be at or below it. */
  maxHash: number;
  /** Requests to this very path, by number of method. */
  readonly counts: number[];
  /** Requests to something below it that is not kept, by number of method. */
  readonly rest: number[];
  /** Up to three forms of segments with this placeholder, sorted. */
  forms: string[] | undefined;
  isDropped: boolean;
}

/** Where a request is counted. */
interface Place {
  readonly node: PathNode;
  readonly isRest: boolean;
  readonly pathHash: number;
}

export class PathTrie {
  readonly root: PathNode = newNode(0, undefined);
  /** Frequent paths have a place here, regardless of their hash. */
  readonly sample = new PathSample();
  private readonly maxNodes: number;
  private nodes = 1;
  private depthLimit = maxDepth;
  private hasRest = false;
  private readonly places = new TextMemory<Place>();

  /** @param maxNodes for tests; how many nodes it may have */
  constructor(maxNodes: number = defaultMaxNodes) {
    this.maxNodes = maxNodes;
  }

  /** Whether some paths are not kept one by one. */
  get isIncomplete(): boolean {
    return this.hasRest;
  }

  get nodeCount(): number {
    return this.nodes;
  }

  /** Segments of a path that are kept; less than 16 only where a log has more different paths than fit. */
  get keptDepth(): number {
    return this.depthLimit;
  }

  /**
   * @param path what is behind `?` or `#`, and behind `;` in a segment, is ignored
   * @param startMs so that each request has a hash of its own
   */
  add(path: string, method: string, startMs: number): void {
    const place = this.placeOf(path);
    this.sample.add(path, method, place.pathHash, startMs);
    const counts = place.isRest ? place.node.rest : place.node.counts;
    const number = methodNumber(method);
    while (counts.length <= number) counts.push(0);
    counts[number] = (counts[number] ?? 0) + 1;
  }

  private placeOf(path: string): Place {
    let place = this.places.get(path);
    if (place !== undefined && !place.node.isDropped) return place;
    place = this.walk(path);
    this.places.set(path, place, place.pathHash);
    return place;
  }

  private walk(path: string): Place {
    let node = this.root;
    for (const segment of segmentsOf(path)) {
      if (node.depth >= this.depthLimit) return this.restOf(node, path);
      const placeholder = placeholderOf(segment);
      const child = this.childOf(node, placeholder ?? segment);
      if (child === undefined) return this.restOf(node, path);
      if (placeholder !== undefined) addForm(child, segment);
      node = child;
    }
    return node.isDropped ? this.restOf(node, path) : { node, isRest: false, pathHash: shortHashOf(path) };
  }

  /** The node itself is gone when the depth was lowered on the way to it. */
  private restOf(node: PathNode, path: string): Place {
    this.hasRest = true;
    return { node: firstKept(node), isRest: true, pathHash: shortHashOf(path) };
  }

  private childOf(node: PathNode, key: string): PathNode | undefined {
    const known = node.children?.get(key);
    if (known !== undefined) return known;
    const limit = childLimit(node.generation);
    const hash = hashOf(key);
    if (limit === 0 || hash > node.maxHash) return undefined;
    node.children ??= new Map();
    const child = newNode(hash, node);
    node.children.set(ownText(key), child);
    this.nodes++;
    if (node.children.size > limit) this.crowd(node, limit);
    if (this.nodes > this.maxNodes) this.lowerDepth();
    return child.isDropped ? undefined : child;
  }

  /** From the first time on, the children may have fewer children of their own. An eighth more than the limit is kept until `trim`, so that dropping is rare. */
  private crowd(node: PathNode, limit: number): void {
    if ((node.children?.size ?? 0) > limit + (limit >> 3)) this.keepSmallest(node, limit);
    if (node.generation > 0 || node.isCrowded) return;
    node.isCrowded = true;
    for (const child of node.children?.values() ?? []) this.limitBelow(child, 1);
  }

  /** Drops what is over the limits, in the end. */
  trim(node: PathNode = this.root): void {
    this.keepSmallest(node, childLimit(node.generation));
    for (const child of node.children?.values() ?? []) this.trim(child);
  }

  private limitBelow(node: PathNode, generation: number): void {
    node.generation = generation;
    const limit = childLimit(generation);
    if ((node.children?.size ?? 0) > limit) this.keepSmallest(node, limit);
    for (const child of node.children?.values() ?? []) this.limitBelow(child, generation + 1);
  }

  private keepSmallest(node: PathNode, limit: number): void {
    const children = node.children;
    if (children === undefined) return;
    if (children.size > limit) {
      node.maxHash = nthSmallestHash(children, limit);
      for (const [key, child] of children) if (child.hash > node.maxHash) this.drop(node, key, child);
    }
    if (limit === 0) node.children = undefined;
  }

  private drop(from: PathNode, key: string, child: PathNode): void {
    this.hasRest = true;
    from.children?.delete(key);
    const remaining = [child];
    for (let node = remaining.pop(); node !== undefined; node = remaining.pop()) {
      node.isDropped = true;
      this.nodes--;
      addCounts(from.rest, node.counts);
      addCounts(from.rest, node.rest);
      if (node.children !== undefined) remaining.push(...node.children.values());
    }
  }

  /** Forgets the deepest segments. How many nodes are above a depth only grows, so the depth at the end does not depend on the order, unless nodes are crowded too. */
  private lowerDepth(): void {
    while (this.nodes > this.maxNodes && this.depthLimit > 1) {
      this.depthLimit--;
      this.dropBelow(this.root);
    }
  }

  private dropBelow(node: PathNode): void {
    if (node.depth < this.depthLimit) {
      for (const child of node.children?.values() ?? []) this.dropBelow(child);
    } else if (node.children !== undefined) {
      for (const [key, child] of node.children) this.drop(node, key, child);
      node.children = undefined;
    }
  }
}

export function methodNumber(method: string): number {
  return methodNumbers.get(method) ?? otherMethod;
}

export function addCounts(to: number[], from: readonly number[]): void {
  for (let i = 0; i < from.length; i++) to[i] = (to[i] ?? 0) + (from[i] ?? 0);
}

/** Adds the form of a segment to a list of the three smallest, so that the list does not depend on the order. */
export function withForm(forms: string[] | undefined, form: string): string[] {
  if (forms === undefined) return [form];
  if (forms.includes(form)) return forms;
  return [...forms, form].sort().slice(0, maxForms);
}

/** Most forms are known, or behind the three that are kept; both are seen without making the form. */
function addForm(node: PathNode, segment: string): void {
  const forms = node.forms ?? [];
  for (const [i, form] of forms.entries()) {
    const order = compareForm(segment, form);
    if (order === 0 || (order > 0 && i === maxForms - 1)) return;
  }
  node.forms = withForm(node.forms, formOf(segment));
}

function childLimit(generation: number): number {
  return generation === 0 ? maxChildren : (maxChildrenBelowCrowd[generation - 1] ?? 0);
}

/** @returns -1 for none, and less than the n-th where several children have the same hash: then all of these are dropped */
function nthSmallestHash(children: Map<string, PathNode>, n: number): number {
  const hashes = [...children.values()].map((child) => child.hash).sort((a, b) => a - b);
  const next = hashes[n] ?? Number.POSITIVE_INFINITY;
  return hashes.slice(0, n).findLast((hash) => hash < next) ?? -1;
}

function firstKept(node: PathNode): PathNode {
  let kept = node;
  while (kept.isDropped && kept.parent !== undefined) kept = kept.parent;
  return kept;
}

function newNode(hash: number, parent: PathNode | undefined): PathNode {
  return {
    hash,
    parent,
    depth: parent === undefined ? 0 : parent.depth + 1,
    generation: parent === undefined ? 0 : parent.generation > 0 ? parent.generation + 1 : Number(parent.isCrowded),
    isCrowded: false,
    children: undefined,
    maxHash: Number.POSITIVE_INFINITY,
    counts: [],
    rest: [],
    forms: undefined,
    isDropped: false,
  };
}
