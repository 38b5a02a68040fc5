import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTarget } from '../../../cli/target/find-target.ts';
import { readProfiles, writeProfiles } from '../../../cli/target/profiles.ts';

const deployed = 'https://abc123.execute-api.eu-central-1.amazonaws.com';
const home = mkdtempSync(join(tmpdir(), 'find-target-'));
afterAll(() => rmSync(home, { recursive: true }));
const env = { HOME: home };
const empty = join(home, 'empty');
const project = join(home, 'project', 'deep', 'down');
const withLocal = join(home, 'local');
for (const folder of [empty, project, join(withLocal, '.delegation')]) mkdirSync(folder, { recursive: true });
writeFileSync(join(home, 'project', 'delegation.json'), JSON.stringify({ url: deployed }));
writeFileSync(join(withLocal, '.delegation', 'endpoints.json'), JSON.stringify({ api: 'http://127.0.0.1:9123' }));
writeProfiles({
  ...readProfiles(env),
  profiles: { prod: { url: deployed, awsProfile: 'work' }, tokens: { url: 'https://jobs.example.com', tokenCommand: 'print-token' } },
  defaultName: undefined,
});

const find = (options: Readonly<Record<string, string>> = {}, more: Readonly<Record<string, string>> = {}, cwd = empty) =>
  findTarget({ options, arguments: {} }, { env: { ...env, ...more }, cwd });

it.each([
  ['--url before everything', { url: 'http://localhost:1' }, { DELEGATION_URL: deployed }, project, 'http://localhost:1', '--url'],
  [
    '--profile before the environment',
    { profile: 'prod' },
    { DELEGATION_URL: 'http://127.0.0.1:5' },
    project,
    deployed,
    'profile prod (--profile)',
  ],
  ['the environment', {}, { DELEGATION_URL: deployed, DELEGATION_PROFILE: 'tokens' }, project, deployed, 'DELEGATION_URL'],
  ['a profile of the environment', {}, { DELEGATION_PROFILE: 'prod' }, project, deployed, 'profile prod (DELEGATION_PROFILE)'],
  ['the nearest file of the project', {}, {}, project, deployed, '../../delegation.json'],
  ['the local mode of the folder', {}, {}, withLocal, 'http://127.0.0.1:9123', 'the local mode of this folder (.delegation)'],
  [
    'the local mode of a folder that is named from the root',
    {},
    { DELEGATION_DATA: join(withLocal, '.delegation') },
    empty,
    'http://127.0.0.1:9123',
    `the local mode of this folder (${join(withLocal, '.delegation')})`,
  ],
  ["the local mode's address", {}, { PORT: '9000' }, empty, 'http://127.0.0.1:9000', "the local mode's usual address"],
])('takes %s', (_, options, more, cwd, url, from) => expect(find(options, more, cwd)).toMatchObject({ url, from }));

it('signs for the region of the address, with the AWS profile of a profile', () => {
  expect(find({ profile: 'prod' }).authorisation).toEqual({ kind: 'sigv4', region: 'eu-central-1', awsProfile: 'work' });
  expect(find({ url: 'https://jobs.example.com', region: 'us-east-1' }).authorisation).toEqual({ kind: 'sigv4', region: 'us-east-1' });
});

it('sends a token where one is given', () => {
  expect(find({ profile: 'tokens' }).authorisation).toEqual({ kind: 'token command', command: 'print-token' });
  expect(find({ url: deployed }, { DELEGATION_TOKEN: 'secret' }).authorisation).toEqual({ kind: 'token', token: 'secret' });
});

it('gives no token to an address that a file of the project names', () =>
  expect(find({}, { DELEGATION_TOKEN: 'secret' }, project).authorisation).toEqual({ kind: 'sigv4', region: 'eu-central-1' }));

it('runs no command that a file of the project names', () => {
  const folder = join(home, 'hostile');
  mkdirSync(folder);
  writeFileSync(join(folder, 'delegation.json'), JSON.stringify({ url: deployed, tokenCommand: 'steal', awsProfile: 'work' }));
  expect(find({}, {}, folder).authorisation).toEqual({ kind: 'sigv4', region: 'eu-central-1' });
});

it.each([
  ['an address that is none', { url: 'jobs' }, 'must begin with https://'],
  ['plain HTTP to another machine', { url: 'http://jobs.example.com' }, 'must begin with https://'],
  ['an address with a path', { url: `${deployed}/v1` }, 'a host alone'],
  ['a profile that is not there', { profile: 'nope' }, 'There are: prod, tokens.'],
  ['an address and a profile', { url: deployed, profile: 'prod' }, 'exclude each other'],
  ['a profile with the name of a method of objects', { profile: 'constructor' }, 'There is no profile "constructor"'],
  ['a region that could be a command', { url: 'https://jobs.example.com', region: '$(touch x)' }, 'A region is written as'],
  ['a host that only looks like one of AWS', { url: 'https://a.execute-api.us-east-1.amazonaws.evil.example' }, 'names no region'],
  ['a host without a region', { url: 'https://jobs.example.com' }, 'names no region'],
])('refuses %s', (_, options, message) => expect(() => find(options)).toThrow(message));

it('refuses a file of the project that says something else', () => {
  const folder = join(home, 'broken');
  mkdirSync(folder);
  writeFileSync(join(folder, 'delegation.json'), '{"URL": 1}');
  expect(() => find({}, {}, folder)).toThrow('must say {"url": "https://…"}');
});

it('keeps profiles for their owner alone', () => expect(statSync(readProfiles(env).file).mode & 0o077).toBe(0));
