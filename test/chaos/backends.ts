/** The emulators in a process of their own, each behind a proxy that keeps its address while they are killed and restarted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Emulators } from '../../local/emulators.ts';
import { type Service, services } from './error-responses.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { Random } from './random.ts';

type Urls = Readonly<Record<Service, string>>;

export class Backends {
  readonly proxies: Readonly<Record<Service, FaultProxy>>;
  kills = 0;
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private direct: Urls | undefined;

  constructor(folder: string, random: Random) {
    this.folder = folder;
    const proxy = (service: Service) => new FaultProxy(service, random.stream(service));
    this.proxies = { dynamodb: proxy('dynamodb'), sqs: proxy('sqs'), s3: proxy('s3'), ec2: proxy('ec2') };
  }

  /** Resolves when the proxies lead to running emulators. */
  async start(): Promise<void> {
    for (const service of services) await this.proxies[service].start();
    await this.startEmulators();
  }

  /** Endpoints of the proxies, which Delegation uses. */
  get endpoints(): Urls {
    const { dynamodb, sqs, s3, ec2 } = this.proxies;
    return { dynamodb: dynamodb.url, sqs: sqs.url, s3: s3.url, ec2: ec2.url };
  }

  /** Endpoints of the emulators themselves, for the checks. @throws Error while the emulators are dead */
  get directly(): Urls {
    if (this.direct === undefined) throw new Error('The emulators are not running.');
    return this.direct;
  }

  async killAndRestart(downMs: number): Promise<void> {
    await this.kill();
    this.kills += 1;
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.startEmulators();
  }

  async stop(): Promise<void> {
    await this.kill();
    await Promise.all(services.map((service) => this.proxies[service].stop()));
  }

  private async startEmulators(): Promise<void> {
    const program = join(import.meta.dirname, 'restarted-emulators.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, this.folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    const [line] = (await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended(child)])) as [Buffer];
    this.direct = JSON.parse(line.toString()) as Emulators;
    for (const service of services) this.proxies[service].upstream = this.direct[service];
  }

  private async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    this.direct = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`The emulators ended with ${code} before they were ready.`);
}
