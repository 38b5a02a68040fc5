/** Lists of the API, page by page: awaited, the first page; iterated, everything. */
import { DelegationError } from './client-errors.ts';
import type { Transport } from './transport.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** A list that was not asked for yet. `await` it for its first page, or iterate it for all of its items. */
export class List<Item> implements PromiseLike<Page<Item>>, AsyncIterable<Item> {
  private readonly readPage: (cursor: string | null) => Promise<Page<Item>>;

  constructor(readPage: (cursor: string | null) => Promise<Page<Item>>) {
    this.readPage = readPage;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited on purpose, for its first page
  then<Value = Page<Item>, Failure = never>(
    onPage?: ((page: Page<Item>) => Value | PromiseLike<Value>) | null,
    onError?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.readPage(null).then(onPage, onError);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: Page<Item> = await this.readPage(cursor);
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
}

/** @param name of the list in the answer, such as `jobs` @param path with the query, without a cursor */
export function listOf<Shown, Item>(
  transport: Transport,
  { path, name, signal }: { readonly path: string; readonly name: string; readonly signal: AbortSignal | undefined },
  toItem: (shown: Shown) => Item,
): List<Item> {
  return new List(async (cursor) => {
    const query = cursor === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
    const { body } = await transport.send({ method: 'GET', path: `${path}${query}`, signal });
    const { [name]: shown, nextCursor = null } = Object(body) as Readonly<Record<string, unknown>>;
    // Another server's answer would else be an empty page with no end.
    if (!Array.isArray(shown) || (nextCursor !== null && typeof nextCursor !== 'string'))
      throw new DelegationError('unreachable', `GET ${path} was answered with something that is not a list of ${name}.`);
    return { items: (shown as readonly Shown[]).map(toItem), nextCursor };
  });
}
