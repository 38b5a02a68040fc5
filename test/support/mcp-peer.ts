/** The client's side of MCP: JSON-RPC lines to a process, as the specification has them, so that no SDK is between the test and the wire. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RpcAnswer {
  readonly jsonrpc: '2.0';
  readonly id: number | string | null;
  readonly result?: { readonly [member: string]: never };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A result of `tools/call`, as far as the tests read it. */
export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly isError?: boolean;
  readonly structuredContent: {
    readonly dataFromOthers?: { readonly json: string; readonly characters: number; readonly nextOffset: number | null };
  } & {
    readonly [member: string]: unknown;
  };
}

export interface PeerOptions {
  readonly url: string;
  /** Options of the server, as `McpServerOptions` has them. */
  readonly options?: object;
  /** Both forms of the protocol differ in who says what the client can do, and when. */
  readonly protocol?: '2025-11-25' | '2026-07-28';
  /** Extensions that the client declares with each request of 2026-07-28. */
  readonly extensions?: object;
}

const root = join(__dirname, '..', '..');

export class McpPeer {
  readonly child: ChildProcessWithoutNullStreams;
  /** Every line of standard output. */
  readonly lines: string[] = [];
  readonly notifications: { readonly method: string; readonly params: Readonly<Record<string, unknown>> }[] = [];
  log = '';
  private readonly pending = new Map<number, (answer: RpcAnswer) => void>();
  private readonly meta: object;
  private lastId = 0;

  constructor({ url, options = {}, protocol = '2025-11-25', extensions = {} }: PeerOptions) {
    const program = join(root, 'test/support/mcp-program.ts');
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, url, JSON.stringify(options)], { cwd: root });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.take(line));
    this.meta =
      protocol === '2025-11-25'
        ? {}
        : {
            'io.modelcontextprotocol/protocolVersion': protocol,
            'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': { extensions },
          };
  }

  get lastRequestId(): number {
    return this.lastId;
  }

  /** The handshake of the protocols before 2026-07-28. @returns the answer to `initialize` */
  async initialize(protocolVersion = '2025-11-25'): Promise<RpcAnswer> {
    const answer = await this.request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } });
    this.write({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return answer;
  }

  request(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<RpcAnswer> {
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<RpcAnswer>((resolve) => this.pending.set(id, resolve));
    this.write({ jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...this.meta, ...(params['_meta'] as object | undefined) } } });
    return answer;
  }

  /** Calls a tool. @throws Error for an error of the protocol */
  async call(name: string, args: object = {}, more: object = {}): Promise<ToolResult> {
    const { result, error } = await this.request('tools/call', { name, arguments: args, ...more });
    if (error !== undefined) throw new Error(`${error.code} ${error.message}`);
    return result as unknown as ToolResult;
  }

  write(message: object | string): void {
    this.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  /** Closes standard input, as a client does that leaves. @returns the exit code */
  async leave(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'close') as Promise<[number | null]>;
    this.child.stdin.end();
    return (await exit)[0];
  }

  private take(line: string): void {
    this.lines.push(line);
    const message = JSON.parse(line) as RpcAnswer & { readonly method?: string; readonly params?: Readonly<Record<string, unknown>> };
    if (message.method !== undefined) this.notifications.push({ method: message.method, params: message.params ?? {} });
    else if (typeof message.id === 'number') this.pending.get(message.id)?.(message);
  }
}

/** Peers of one file of tests, which end after them. */
export function usePeers(): (options: PeerOptions) => McpPeer {
  const peers: McpPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.leave()));
  });
  return (options) => {
    const peer = new McpPeer(options);
    peers.push(peer);
    return peer;
  };
}
