/** Server-sent events as a client reads them. @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

export interface ParsedStream {
  readonly events: readonly StreamEvent[];
  /** When to connect again, in milliseconds; undefined where no field says it. */
  readonly retryMs: number | undefined;
  readonly comments: readonly string[];
}

/** @param text whole blocks @throws Error for a line that the format does not have, or data that is not JSON in one line */
export function parseEvents(text: string): ParsedStream {
  const events: StreamEvent[] = [];
  const comments: string[] = [];
  let retryMs: number | undefined;
  if (text !== '' && !text.endsWith('\n\n')) throw new Error(`The last block is not ended: ${JSON.stringify(text.slice(-100))}`);
  for (const block of text.split('\n\n')) {
    const fields = new Map<string, string>();
    for (const line of block.split('\n').filter((one) => one !== '')) {
      const [, name, value] = /^(event|id|data|retry|): (.+)$/s.exec(line) ?? [];
      if (name === undefined || value === undefined || fields.has(name)) throw new Error(`not a line of a stream: ${JSON.stringify(line)}`);
      if (name === '') comments.push(value);
      else fields.set(name, value);
    }
    const [retry, data] = [fields.get('retry'), fields.get('data')];
    if (retry !== undefined) retryMs = Number(retry);
    if (data !== undefined) events.push({ event: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data: JSON.parse(data) });
  }
  return { events, retryMs, comments };
}
