import { stripVTControlCharacters } from 'node:util';
import type { Report } from '../../../../lib/doctor/examine.ts';
import { hasProblem, printReport } from '../../../../lib/doctor/print-report.ts';

const report: Report = {
  account: '123456789012',
  region: 'eu-central-1',
  findings: [
    { group: 'The account', check: 'identity', status: 'ok', found: 'You are ada.' },
    { group: 'Names', check: 'stack', status: 'warning', found: 'The stack is young.' },
    {
      group: 'The account',
      check: 'bootstrap',
      status: 'problem',
      found: 'This account and region are not bootstrapped, and this sentence is longer than a line of sixty columns.',
      advice: 'Bootstrap, once, as an administrator, before you deploy for the first time.',
      commands: ['npx cdk bootstrap aws://123456789012/eu-central-1 --a-command-that-is-longer-than-a-line'],
    },
    { group: 'Names', check: 'leftovers', status: 'skipped', found: 'Not checked.' },
  ],
};

const expected = `The account
  ok      You are ada.
  PROBLEM This account and region are not bootstrapped, and
          this sentence is longer than a line of sixty
          columns.
          → Bootstrap, once, as an administrator, before
            you deploy for the first time.
          $ npx cdk bootstrap aws://123456789012/eu-central-1 --a-command-that-is-longer-than-a-line

Names
  warning The stack is young.
  skipped Not checked.

1 problem, 1 warning, 1 ok, 1 not checked.
`;

it('prints findings by group, wrapped, with commands that can be copied', () =>
  expect(printReport(report, { columns: 60, isColored: false })).toBe(expected));

it('lists the missing permissions at the end, each once', () => {
  const skipped = { group: 'Names', check: 'x', status: 'skipped', found: 'Not checked.' } as const;
  const lacks = ['s3:ListBucket', 'iam:GetRole', 'iam:GetRole'].map((action) => ({ ...skipped, lacks: action }));
  expect(printReport({ findings: lacks }, { columns: 120, isColored: false })).toMatch(
    /not checked\.\nYou lack iam:GetRole, s3:ListBucket\. ReadOnlyAccess, AWS's own policy/,
  );
});

it('colours only the words of the status', () => {
  const colored = printReport(report, { columns: 60, isColored: true });
  expect(colored).not.toBe(expected);
  expect(stripVTControlCharacters(colored)).toBe(expected);
});

it('has a problem only if a finding is one', () => {
  expect(hasProblem(report)).toBe(true);
  expect(hasProblem({ findings: report.findings.filter(({ status }) => status !== 'problem') })).toBe(false);
});

it('prints no control characters from the text of others', () => {
  const hostile = 'x\u001b[2Jy\u009b1mz\u202e\r';
  const text = printReport(
    {
      findings: [{ group: 'g', check: 'c', status: 'problem', found: hostile, advice: hostile, commands: [hostile] }],
    } as unknown as Report,
    { columns: 80, isColored: false },
  );
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
});
