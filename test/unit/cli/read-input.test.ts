import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readInput } from '../../../cli/read-input.ts';
import { stringifyExact } from '../../../client/unrounded-json.ts';

const cwd = mkdtempSync(join(tmpdir(), 'read-input-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'input.json'), '{"n": 12345678901234567890, "text": "ä"}');
writeFileSync(join(cwd, 'query.sql'), 'SELECT 1');
writeFileSync(join(cwd, 'latin1.json'), Buffer.from([0x22, 0xe4, 0x22]));

const read = async (...words: string[]) =>
  stringifyExact((await readInput(words, { cwd, stdin: Readable.from(['{"from": "stdin"}']) })) ?? null);

it.each([
  [['name=Ada'], '{"name":"Ada"}'],
  [['sql=SELECT a = b'], '{"sql":"SELECT a = b"}'],
  [['n:=5', 'isOn:=true', 'list:=[1,2]'], '{"n":5,"isOn":true,"list":[1,2]}'],
  [['n:=12345678901234567890'], '{"n":12345678901234567890}'],
  [['a.b=1', 'a.c:=2'], '{"a":{"b":"1","c":2}}'],
  [['empty='], '{"empty":""}'],
  [['__proto__=x'], '{"__proto__":"x"}'],
  [['sql=@query.sql'], '{"sql":"SELECT 1"}'],
  [['{"a": 1.10}'], '{"a":1.1}'],
  [['@input.json'], '{"n":12345678901234567890,"text":"ä"}'],
  [['-'], '{"from":"stdin"}'],
  [['true'], 'true'],
  [['-12345678901234567890'], '-12345678901234567890'],
  [[], 'null'],
])('reads %j as %s', async (words, json) => expect(await read(...words)).toBe(json));

it.each([
  [['name'], '"name" cannot be a part of an input'],
  [['a=1', 'a=2'], 'has a twice'],
  [['a=1', 'a.b=2'], 'a has a value already that is not an object'],
  [['n:=five'], 'n is not JSON'],
  [['{"a":'], 'the input is not JSON'],
  [['@missing.json'], 'missing.json cannot be read'],
  [['@latin1.json'], 'latin1.json cannot be read'],
])('refuses %j, and says why', async (words, message) => expect(read(...words)).rejects.toThrow(message));

it('refuses bytes of standard input that are not UTF-8, in place of another text', () =>
  expect(readInput(['-'], { cwd, stdin: Readable.from([Buffer.from([0x22, 0xe4, 0x22])]) })).rejects.toThrow(
    'Standard input cannot be read',
  ));
