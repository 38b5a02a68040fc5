/** The events that the local EventBridge took: the last thousand in memory, and in a file with a line for each, for people to follow. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface TakenEvent {
  /** EventBridge's own id, which differs each time that an event is put. */
  readonly eventId: string;
  readonly takenAt: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly time: string;
  readonly detail: unknown;
}

const maxEvents = 1_000;

export class EventLog {
  private events: TakenEvent[];
  private readonly path: string | undefined;

  /** @param path without it, everything is in memory */
  constructor(path: string | undefined) {
    this.path = path;
    this.events = path === undefined ? [] : eventsIn(path).slice(-maxEvents);
    if (path !== undefined) replace(path, this.events);
  }

  get last(): readonly TakenEvent[] {
    return this.events;
  }

  /** Called before the answer is sent. */
  add(events: readonly TakenEvent[]): void {
    this.events = [...this.events, ...events].slice(-maxEvents);
    if (this.path !== undefined) appendFileSync(this.path, events.map(lineOf).join(''));
  }
}

const lineOf = (event: TakenEvent) => `${JSON.stringify(event)}\n`;

/** A kill may have left a part of the last line, whose event was not answered for. */
function eventsIn(path: string): TakenEvent[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as TakenEvent);
}

function replace(path: string, events: readonly TakenEvent[]): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, events.map(lineOf).join(''));
  renameSync(temporary, path);
}
