/** What meters the writes of a table in memory, where a test gives the table the limits that DynamoDB has. */
import type { Item } from '../lambdas/adapters/job-item.ts';

export interface WriteMeter {
  /**
   * Is called before an item is written.
   * @param before undefined for an item that is new
   * @throws Error where the table, or one of its indexes, has no room for the write; nothing is written then
   */
  write(before: Item | undefined, after: Item): void;
  /** Is called where the condition of a write refuses it, which is billed like a write of the item. @param item undefined where there is none */
  refuse(id: string, item: Item | undefined): void;
}
