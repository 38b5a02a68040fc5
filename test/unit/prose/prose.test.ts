import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { checkSubjects, maxSubjectCharacters } from '../../prose/commits.ts';
import { avoidedWordsIn, openingsIn, opensInMidSentence } from '../../prose/prose.ts';
import { avoidedWords } from '../../prose/words.ts';

const kindsIn = (text: string) => avoidedWordsIn(text).map(({ kind }) => kind);

describe('the prose check finds the avoided word', () => {
  const samples: Readonly<Record<string, string>> = {
    tell: 'The log tells which.',
    reckon: 'The bill is reckoned by line.',
    anew: 'The page is made anew.',
    mend: 'A version that mends one is noticed.',
    whatever: 'All end, whatever happens.',
    'see to': 'Alarms that were seen to.',
    'made of, made from': 'An id made from owner and key.',
    'so many, so long': 'For so many seconds.',
    stand: 'The limit stands in the README.',
    'come to': 'The bill comes to 6 USD.',
    begun: 'An attempt that was begun.',
    'by itself': 'The queue fills by itself.',
    'as it comes': 'A deployment as it comes.',
    alike: 'Both are answered alike.',
    'in vain': 'It was tried in vain.',
    'put aside': 'The message is put aside.',
    'a good deal': 'It costs a good deal more.',
    'is no …': 'A replay is no submission.',
    nobody: 'A worker that nobody waits for.',
    anybody: 'It is open to anybody.',
    'of the like': 'The other test does the like.',
  };

  it.each(avoidedWords.map(({ word }) => word))('%s', (word) => expect(kindsIn(samples[word] ?? '')).toEqual([word]));

  it.each([
    ['in camelCase', 'const isTold = true;', 'tell'],
    ['in camelCase of two words', 'await this.seeToAll(due);', 'see to'],
    ['in PascalCase', 'class ToldReason {}', 'tell'],
    ['behind an acronym', 'const SQSTold = 1;', 'tell'],
    ['in capitals with underscores', 'const IS_TOLD = 1;', 'tell'],
    ['in a test title', "it('is told once', () => {});", 'tell'],
    ['at the end of a line of a comment', ' * All jobs that were seen\n * to by the clock.', 'see to'],
    ['at the start of a sentence', 'Whatever happens, it ends.', 'whatever'],
  ])('%s', (_, text, kind) => expect(kindsIn(text)).toEqual([kind]));

  it('with its line, and what to write instead', () =>
    expect(avoidedWordsIn('one\ntwo\n// It is told\n')).toEqual([
      { kind: 'tell', line: 3, found: 'told', say: expect.stringContaining('report') },
    ]));
});

it.each([
  'There is no such job, there are no rows, and is there no other?',
  'The type is no longer deployed, and a decimal is no wider than that: there still is no limit.',
  'The value is no more than 5, and understandably standalone.',
  'The letters stand for Simple Queue Service; a stand-in in `standIns` stands in for it.',
  'The intellect commends an amendment, a recommendation and a retelling.',
  'A list of things to see.\n\nTo end it, say so.',
])('the prose check passes plain English: %s', (text) => expect(kindsIn(text)).toEqual([]));

describe('a doc comment opens in the middle of a sentence', () => {
  it.each([
    'Of the canonical submission, so that a reused key is noticed.',
    'Its type is.',
    'Those of the caller.',
    'Whose the job is.',
    'Told when code went on for too long.',
    'For so many seconds.',
    'For so many seconds, at most.',
    'As many as fit.',
    'As many as fit, or none.',
    'In seconds.',
    'From the start.\n@param at where, in bytes',
    'And the rest.',
    'Asked for while it was suspended.',
    'the wait before the next attempt',
    '… and its end.',
  ])('%s', (comment) => expect(opensInMidSentence(comment)).toBe(true));
});

describe('a doc comment opens with a sentence or the name of a thing', () => {
  it.each([
    'The job that is claimed.',
    'Returns the wait before the next attempt.',
    'For a job that ended, the moment of its end.',
    'In a batch, each message fails alone.',
    'By default: none.',
    'At most one of two claims wins.',
    'Offers the next page.',
    '`of` is the source.',
    '@returns of each type its state',
    'dynalite keeps indexes in one list.',
    '1 MiB, as SQS documents.',
    'https://example.com/limits has the limit.',
    'unit: plain functions.',
    'Whether the type is paused.',
    '',
  ])('%s', (comment) => expect(opensInMidSentence(comment)).toBe(false));
});

it('finds openings in doc comments of TypeScript and docstrings of Python, with their line, and nowhere else', () => {
  const source = [
    'const one = 1;',
    '/** Of one. */',
    '// Of two.',
    'interface A {',
    '  /**',
    '   * Of three',
    '   * and four.',
    '   */',
    '  b: string; /** Its type. */',
    '}',
    "const glob = '**/*.of', other = 'of/**/*.ts';",
  ].join('\n');
  expect(openingsIn('a.ts', source).map(({ line, found }) => [line, found])).toEqual([
    [2, 'Of one.'],
    [5, 'Of three and four.'],
    [9, 'Its type.'],
  ]);
  expect(openingsIn('a.py', 'def f():\n    """Of one."""\n    text = "Of two."\n').map(({ line, found }) => [line, found])).toEqual([
    [2, 'Of one.'],
  ]);
});

describe('over a git repository', () => {
  let folder: string;
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'protocol.file.allow=always', ...args], {
      cwd,
      encoding: 'utf8',
    });
  const commit = (cwd: string, subject: string, at: string) => {
    const env = { ...process.env, GIT_COMMITTER_DATE: at, GIT_AUTHOR_DATE: at };
    const args = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--allow-empty', '-m', subject];
    execFileSync('git', args, { cwd, env });
    return git(cwd, 'rev-parse', 'HEAD').trim();
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const script = resolve('test/prose/check.ts');
  const check = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  };
  const longSubject = `fix: ${'x'.repeat(maxSubjectCharacters - 4)}`;
  const baseAt = '2026-11-01T00:00:00Z';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'prose-'));
    git(folder, 'init', '--quiet');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('fails with the file, the line and the word, and counts by docs, product and tests', () => {
    write('docs/a.md', 'Plain.\n\nIt tells you.\n');
    write('lambdas/a.ts', '/** Of the job. */\nexport const isTold = 1;\n');
    write('test/a.test.ts', "it('is told', () => {});\n");
    write('untouched.json', '{"told": 1}\n');
    git(folder, 'add', '.');
    const { status, output } = check();
    expect(output).toMatch(/^docs\/a\.md:3: "tells" \(tell\)/m);
    expect(output).toMatch(/^lambdas\/a\.ts:1: "Of the job\."/m);
    expect(output).toMatch(/^lambdas\/a\.ts:2: "Told" \(tell\)/m);
    expect(output).toMatch(/^tell +1 +1 +1 +3$/m);
    expect(output).not.toContain('untouched.json');
    expect(status).toBe(1);
  });

  it('only counts with --report, and passes', () => {
    write('docs/a.md', 'It tells you.\n');
    const { status, output } = check('--report');
    expect(output).toMatch(/^tell +1 +0 +0 +1$/m);
    expect(output).not.toContain('docs/a.md:1');
    expect(status).toBe(0);
  });

  it('checks the given paths alone', () => {
    write('docs/a.md', 'It tells you.\n');
    write('lib/b.md', 'Plain.\n');
    expect(check('lib').status).toBe(0);
    expect(check('docs').status).toBe(1);
  });

  it('fails for a long subject alone, and names the exceptions that excuse nothing', () => {
    const id = commit(folder, longSubject, '2026-12-01T00:00:00Z');
    const { status, output } = check();
    expect(output).toContain(`commit ${id.slice(0, 8)}: ${maxSubjectCharacters + 1} characters: ${longSubject}`);
    expect(output).toContain('nothing to excuse in test/prose/words.ts');
    expect(output).toMatch(/^all +0 +0 +0 +0$/m);
    expect(status).toBe(1);
  });

  it('refuses subjects of commits after the base that are too long, and no older ones', () => {
    commit(folder, `old ${longSubject}`, '2026-10-01T00:00:00Z');
    const base = commit(folder, 'base', baseAt);
    commit(folder, longSubject.slice(0, -1), '2026-11-02T00:00:00Z');
    expect(checkSubjects(folder, { commit: base, committedAt: baseAt })).toEqual({ tooLong: [], count: 1 });
    const id = commit(folder, longSubject, '2026-11-03T00:00:00Z');
    expect(checkSubjects(folder, { commit: base, committedAt: baseAt })).toEqual({
      tooLong: [{ id: id.slice(0, 8), subject: longSubject }],
      count: 2,
    });
  });

  it('checks what a shallow clone has, and says that the base is missing', () => {
    const base = commit(folder, 'base', baseAt);
    commit(folder, longSubject, '2026-11-02T00:00:00Z');
    commit(folder, 'last', '2026-11-03T00:00:00Z');
    git(folder, 'clone', '--quiet', '--depth', '2', `file://${folder}`, 'clone');
    const { tooLong, count, note } = checkSubjects(join(folder, 'clone'), { commit: base, committedAt: baseAt });
    expect([tooLong.map(({ subject }) => subject), count, note]).toEqual([[longSubject], 2, expect.stringContaining('shallow')]);
  });

  it('checks the commits later than the base where the history was rewritten, and says so', () => {
    commit(folder, `old ${longSubject}`, '2026-10-01T00:00:00Z');
    commit(folder, longSubject, '2026-11-02T00:00:00Z');
    const { tooLong, count, note } = checkSubjects(folder, { commit: '0'.repeat(40), committedAt: baseAt });
    expect([tooLong.length, count, note]).toEqual([1, 1, expect.stringContaining('does not contain it')]);
  });

  it('says that there is nothing to check before the first commit', () =>
    expect(checkSubjects(folder)).toEqual({ tooLong: [], count: 0, note: 'There is no commit to check.' }));
});
