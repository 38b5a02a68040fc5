/** The local mode as a process of its own, as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LocalEndpoints {
  readonly api: string;
  readonly dynamodb: string;
  readonly sqs: string;
  readonly s3: string;
  readonly ec2: string;
  readonly events: string;
  /** Holds the secret that signs webhooks. */
  readonly webhookSecretFile: string;
  readonly tableName: string;
  readonly queues: Readonly<Record<string, string>>;
}

export class LocalProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'delegation-test-'));
  url = '';
  output = '';
  private readonly root: string;
  private readonly program: readonly string[];
  private child: ChildProcess | undefined;

  /**
   * @param root the repository; an ES module, which has no `__dirname`, must pass it
   * @param jobFolder a folder of the repository whose job types run beside the product's, as by `delegation dev`
   */
  constructor(root: string = join(__dirname, '..', '..'), jobFolder?: string) {
    this.root = root;
    this.program = jobFolder === undefined ? ['local/start.ts'] : ['bin/cli.ts', 'dev', jobFolder, '--built-in'];
  }

  /** @param env settings as in the contract of the local mode; times are short unless given */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = this.spawn({ DELEGATION_CLOCK_SECONDS: '1', DELEGATION_LEASE_SECONDS: '4', DELEGATION_GRACE_SECONDS: '4', ...env });
    this.child = child;
    const before = this.output.length;
    this.url = await new Promise((resolve, reject) => {
      child.stdout?.on('data', () => {
        const ready = /Delegation is listening on (http:\S+)/.exec(this.output.slice(before));
        if (ready?.[1] !== undefined) resolve(ready[1]);
      });
      child.once('exit', (code) => reject(new Error(`The local mode ended with ${code}: ${this.output}`)));
    });
  }

  /** Starts it and stops it again as soon as it has taken its folder, which is in the middle of the start. @returns the exit code */
  async stopWhileStarting(signal: 'SIGTERM' | 'SIGINT'): Promise<number | null> {
    rmSync(join(this.folder, 'lock'), { force: true });
    const child = this.spawn({});
    const exit = once(child, 'exit') as Promise<[number | null]>;
    while (!existsSync(join(this.folder, 'lock'))) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill(signal);
    return (await exit)[0];
  }

  /** Starts another one on the same folder and waits for its end. */
  async startSecond(env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly output: string }> {
    const before = this.output.length;
    const [code] = (await once(this.spawn(env), 'exit')) as [number];
    return { code, output: this.output.slice(before) };
  }

  /** @returns the exit code, or null after a signal that kills */
  async end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<number | null> {
    const { child } = this;
    if (child === undefined) return null;
    this.child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exit)[0];
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  endpoints(): LocalEndpoints {
    return JSON.parse(readFileSync(join(this.folder, 'endpoints.json'), 'utf8')) as LocalEndpoints;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(env: Readonly<Record<string, string>>): ChildProcess {
    // Calls of AWS are recorded where somebody wants them: `npm run test:permissions` and `npm run test:models`. Job types of tests have no roles there.
    const recorders = ['./test/permissions/record-calls.ts', './test/models/record-calls.ts'].flatMap((file) => ['--import', file]);
    const isRecorded = process.env['DELEGATION_RECORD_CALLS'] !== undefined && !this.program.includes('dev');
    const options = isRecorded ? recorders : [];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options, ...this.program], {
      cwd: this.root,
      env: { ...process.env, PORT: '0', DELEGATION_DATA: this.folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    return child;
  }
}
