/** A small EventBridge over its own protocol (AWS JSON 1.1), for the unchanged AWS SDK: it keeps what is put, and shows it to whoever looks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { EventLog } from './events/event-log.ts';
import { putEvents } from './events/put-events.ts';
import { isOfThisMachine, listenOnLoopback } from './loopback-server.ts';

/** How some of the next requests are answered, for those who test against it. */
const faults = z.array(
  z.strictObject({
    /** The number of requests. */
    times: z.int().min(1),
    /** Refuses the request with this status and code. */
    status: z.int().min(400).max(599).optional(),
    code: z.string().optional(),
    /** Refuses each entry with this code, and answers 200. */
    entryCode: z.string().optional(),
    /** Takes the events, and breaks the connection. */
    losesAnswer: z.boolean().optional(),
    answerAfterMs: z.int().min(0).optional(),
  }),
);
type Fault = z.output<typeof faults>[number];

/**
 * Listens on a free port of 127.0.0.1. `GET /events` shows the last events, and `PUT /_control` takes faults.
 * @param logFile keeps the last events there as well, a line for each; without it they are in memory alone
 */
export async function startEventsEndpoint({
  logFile,
}: {
  readonly logFile?: string;
} = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const endpoint = new EventsEndpoint(new EventLog(logFile));
  const server = createServer((request, response) => {
    endpoint.answer(request, response).catch((error: unknown) => {
      process.stderr.write(`The EventBridge endpoint failed: ${String(error)}\n`);
      response.destroy();
    });
  });
  return listenOnLoopback(server);
}

class EventsEndpoint {
  private readonly log: EventLog;
  private faults: Fault[] = [];

  constructor(log: EventLog) {
    this.log = log;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    if (!isOfThisMachine(request)) return send(response, 403, { message: 'This endpoint answers programs on this machine only.' });
    const body = await readText(request);
    if (method === 'GET' && url === '/events') return send(response, 200, this.log.last);
    if (method === 'PUT' && url === '/_control') return this.control(body, response);
    if (method !== 'POST' || headers['x-amz-target'] !== 'AWSEvents.PutEvents')
      return sendError(response, 400, { code: 'UnknownOperationException', message: 'There is PutEvents here.' });
    return this.put(body, response);
  }

  private control(body: string, response: ServerResponse): void {
    try {
      this.faults = faults.parse(JSON.parse(body));
      send(response, 200, this.faults);
    } catch (error) {
      send(response, 400, { message: String(error) });
    }
  }

  private async put(body: string, response: ServerResponse): Promise<void> {
    const fault = this.takeFault();
    await setTimeout(fault.answerAfterMs ?? 0);
    if (fault.status !== undefined)
      return sendError(response, fault.status, { code: fault.code ?? 'InternalException', message: 'This was asked for.' });
    const { error, taken, answer } = putEvents(body, Date.now(), fault.entryCode);
    if (error !== undefined) return sendError(response, 400, error);
    this.log.add(taken);
    if (fault.losesAnswer === true) response.destroy();
    else send(response, 200, answer);
  }

  private takeFault(): Partial<Fault> {
    const [first, ...others] = this.faults;
    if (first === undefined) return {};
    this.faults = first.times === 1 ? others : [{ ...first, times: first.times - 1 }, ...others];
    return first;
  }
}

function sendError(response: ServerResponse, status: number, { code, message }: { readonly code: string; readonly message: string }): void {
  send(response, status, { __type: code, message });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
