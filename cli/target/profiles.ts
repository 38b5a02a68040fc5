/** Profiles: deployments of a person, by name, in a file of that person. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../command.ts';

export interface Profile {
  readonly url: string;
  readonly region?: string;
  /** A profile of the AWS CLI. */
  readonly awsProfile?: string;
  /** A command that prints a token of the issuer. */
  readonly tokenCommand?: string;
}

export interface Profiles {
  readonly file: string;
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly defaultName: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const members = ['url', 'region', 'awsProfile', 'tokenCommand'] as const;

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
function profilesFile(env: Env): string {
  const base = env['XDG_CONFIG_HOME'] || (process.platform === 'win32' && env['APPDATA']) || join(env['HOME'] || homedir(), '.config');
  return join(base, 'delegation', 'profiles.json');
}

/** @throws UsageError for a file that is not what `writeProfiles` writes */
export function readProfiles(env: Env): Profiles {
  const file = profilesFile(env);
  if (!existsSync(file)) return { file, profiles: {}, defaultName: undefined };
  try {
    const { default: defaultName, profiles } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly default?: string;
      readonly profiles: Readonly<Record<string, Profile>>;
    };
    for (const [name, profile] of Object.entries(profiles)) checkProfile(name, profile);
    return { file, profiles, defaultName };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message} Correct it, or delete it.`);
  }
}

function checkProfile(name: string, profile: Profile): void {
  if (typeof profile?.url !== 'string') throw new Error(`The profile ${name} has no url.`);
  for (const [member, value] of Object.entries(profile))
    if (!(members as readonly string[]).includes(member) || typeof value !== 'string')
      throw new Error(`The profile ${name} may have ${members.join(', ')}, each a text.`);
}

/** Keeps profiles, for their owner's eyes alone. */
export function writeProfiles({ file, profiles, defaultName }: Profiles): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const content = { ...(defaultName === undefined ? {} : { default: defaultName }), profiles };
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(written, 0o600);
  renameSync(written, file);
}
