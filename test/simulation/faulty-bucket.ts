/** The in-memory bucket with the faults of a plan: a stored object may be lost or changed when it is read. */
import type { PayloadStore } from '../../lambdas/core/job/ports.ts';
import type { Carry } from '../../testing/carry.ts';
import { MemoryBucket } from '../../testing/memory-bucket.ts';
import type { Cluster } from './machine.ts';

export class FaultyBucket extends MemoryBucket {
  /** All damage that ever was, also to objects that were stored again; `read` is undefined if the object was lost. */
  readonly damages: { readonly key: string; readonly read: string | undefined }[] = [];
  private readonly damaged = new Map<string, string | undefined>();
  private readonly cluster: Cluster;
  private readonly damageObject: () => number;

  /** @param damageObject the probability, at the moment */
  constructor(cluster: Cluster, damageObject: () => number) {
    super();
    this.cluster = cluster;
    this.damageObject = damageObject;
  }

  override payloads(carry: Carry): PayloadStore {
    return {
      put: (key, body) => carry('put', () => this.store(key, body)),
      get: (key) => carry('get object', () => (this.damaged.has(key) ? this.damaged.get(key) : this.textOf(key))),
    };
  }

  /** @returns what was stored, undamaged */
  textOf(key: string): string | undefined {
    return this.get(key)?.body.toString();
  }

  private store(key: string, body: string): void {
    const { random, traceEvent } = this.cluster;
    this.put(key, { body, contentType: 'application/json' });
    this.damaged.delete(key);
    if (!random.chance(this.damageObject())) return;
    const read = random.chance(0.5) ? undefined : body.replace(/[px]/, 'q');
    this.damaged.set(key, read);
    this.damages.push({ key, read });
    traceEvent('bucket', `${key} is ${read === undefined ? 'gone' : 'changed'}`);
  }
}
