/** An emulated account: ministack and the AWS CLI, from PyPI in a virtual environment, over TLS, with IAM enforced, behind a proxy that refuses what AWS refuses. @see https://github.com/ministackorg/ministack */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startStrictProxy } from './strict/proxy.ts';
import { rules } from './strict/rules.ts';

const version = '1.5.33';
const packages = [`ministack==${version}`, 'cryptography==50.0.2', 'awscli==1.46.3'];
const build = join(process.cwd(), '.build');
/** The address at which ministack listens, on the same port as the proxy before it, so that each URL that it returns is the proxy's. */
const behindProxy = '127.0.0.2';
const root = { accessKeyId: 'test', secretAccessKey: 'test' };
const environmentFolder = join(build, `ministack-${version}`);

export interface Ministack {
  readonly endpoint: string;
  /** Environment variables with which AWS SDKs and the CDK CLI reach it instead of AWS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** By rule of the proxy: the number of refusals. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Contains the AWS CLI. */
  readonly pythonFolder: string;
  /** Contains its certificate: `server.pem`, `server.key`. */
  readonly folder: string;
  /** Ends ministack and removes its folder. @param keepsLog leaves the folder, whose log says what went wrong */
  stop(options?: { readonly keepsLog?: boolean }): Promise<void>;
}

/** Creates a certificate authority, and its certificate for this machine's names. */
const certificates = `
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
folder = sys.argv[1]
now = datetime.datetime.now(datetime.timezone.utc)
def make(name, issuer, key, signer, extensions):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())
def write(name, data):
    with open(folder + '/' + name, 'wb') as file: file.write(data)
pem = serialization.Encoding.PEM
authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
authority = make('Deploy test', None, authority_key, authority_key, [(x509.BasicConstraints(ca=True, path_length=0), True)])
names = [x509.DNSName('localhost'), x509.DNSName('*.execute-api.localhost'), x509.IPAddress(ipaddress.ip_address('127.0.0.1'))]
server = make('localhost', authority.subject, key, authority_key, [(x509.SubjectAlternativeName(names), False), (x509.BasicConstraints(ca=False, path_length=None), True)])
write('authority.pem', authority.public_bytes(pem))
write('server.pem', server.public_bytes(pem))
write('server.key', key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
`;

/** Starts ministack so that a function that changes lets its invocations end first, as on AWS: each holds its worker's lock. */
const startUp = `
import threading
from ministack.app import main
from ministack.core import lambda_runtime

kill_workers = lambda_runtime.kill_workers

def end(worker):
    with worker._lock:
        kill_workers([worker])

def end_after_their_invocations(workers):
    for worker in workers:
        threading.Thread(target=end, args=[worker], daemon=True).start()

lambda_runtime.kill_workers = end_after_their_invocations
main()
`;

export async function startMinistack(): Promise<Ministack> {
  const python = install();
  // Outside the project, since its package.json would turn the functions' bundles into ES modules.
  const folder = mkdtempSync(join(tmpdir(), 'delegation-deploy-'));
  execFileSync(python, ['-c', certificates, folder]);
  const read = (file: string) => readFileSync(join(folder, file));
  const certificate = { cert: read('server.pem'), key: read('server.key'), ca: read('authority.pem') };
  const proxy = await startStrictProxy({ upstreamHost: behindProxy, certificate, rules, root });
  const { port } = proxy;
  const endpoint = `https://localhost:${port}`;
  const authority = join(folder, 'authority.pem');
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority, 'utf8')]);
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    // The CDK CLI reads the first, Node the second.
    AWS_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
  };
  const logFile = join(folder, 'ministack.log');
  const log = openSync(logFile, 'a');
  const child = spawn(python, ['-c', startUp], {
    env: {
      // Functions run as its children, with the first `node` of the path: the one of this project.
      PATH: `${join(process.cwd(), 'node_modules', '.bin')}:${process.env['PATH']}`,
      // Only the SDK, as in Lambda's runtime: CDK's own functions depend on it.
      NODE_PATH: sdkOfRuntime(folder),
      HOME: folder,
      TMPDIR: folder,
      AUTH: 'true',
      BIND_HOST: behindProxy,
      GATEWAY_PORT: String(port),
      USE_SSL: '1',
      MINISTACK_SSL_CERT: join(folder, 'server.pem'),
      MINISTACK_SSL_KEY: join(folder, 'server.key'),
      NODE_EXTRA_CA_CERTS: authority,
      SSL_CERT_FILE: authority,
      IOT_MTLS_ENABLED: '0',
    },
    stdio: ['ignore', log, log],
    detached: true,
  });
  await healthy(child, endpoint, logFile);
  return {
    endpoint,
    environment,
    logFile,
    folder,
    pythonFolder: join(environmentFolder, 'bin'),
    refusals: proxy.refusals,
    async stop({ keepsLog = false } = {}) {
      await stop(child);
      proxy.stop();
      if (!keepsLog) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns a folder for modules that contains the AWS SDK */
function sdkOfRuntime(folder: string): string {
  const modules = join(folder, 'runtime', 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules', '@aws-sdk'), join(modules, '@aws-sdk'));
  return modules;
}

/** @returns the virtual environment's Python, with ministack installed */
function install(): string {
  const python = join(environmentFolder, 'bin', 'python');
  const isComplete = join(environmentFolder, 'complete');
  if (existsSync(isComplete) && readFileSync(isComplete, 'utf8') === packages.join(' ')) return python;
  rmSync(environmentFolder, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    run('python3', '-m', 'venv', environmentFolder);
  } catch {
    throw new Error('The deploy test needs Python 3.10 or later with its venv module (Debian: apt-get install python3-venv).');
  }
  run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages);
  writeFileSync(isComplete, packages.join(' '));
  return python;
}

async function healthy(child: ChildProcess, endpoint: string, logFile: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(`${endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(
    `ministack did not start at ${behindProxy}; ${logFile} says why. On macOS the address must be added first: sudo ifconfig lo0 alias ${behindProxy}.`,
  );
}

/** Ends ministack with all the functions that it runs. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
