import { answersTemplate, parseAnswers } from '../../../../report/judge/parse-answers.ts';
import { ReportError } from '../../../../report/report-error.ts';
import { reportOn } from '../../../report/judge-world.ts';
import { drawWorld, requestsOf, usualNoise } from '../../../report/world/world.ts';

const file = 'delegation.answers.yaml';

it('reads entries with dates as texts', async () => {
  const text = `
# A comment.
- endpoint: POST /v1/payments
  answer: keep
  because: The shop must not ship before the bank agrees.
  needs: the person at the till
  neededWithinSeconds: 2.5
  by: Ana
  on: 2026-11-20
  review: 2027-05-20
`;
  expect(await parseAnswers(text, file)).toEqual([
    {
      endpoint: 'POST /v1/payments',
      answer: 'keep',
      because: 'The shop must not ship before the bank agrees.',
      needs: 'the person at the till',
      neededWithinSeconds: 2.5,
      by: 'Ana',
      on: '2026-11-20',
      review: '2027-05-20',
    },
  ]);
});

it.each(['', '# nothing yet\n', 'endpoints:\n'])('takes a file without entries: %j', async (text) =>
  expect(await parseAnswers(text, file)).toEqual([]),
);

const entry = (more: string) => `- endpoint: POST /a\n  answer: keep\n  because: so\n${more}`;

it.each([
  ['- endpoint: [', 'is neither YAML nor JSON'],
  ['just words', 'must hold a list of entries'],
  ['- endpoint: POST /a\n  answer: perhaps\n  because: so', 'POST /a: answer must be keep, delegate or hybrid'],
  ['- endpoint: payments\n  answer: keep\n  because: so', 'payments: endpoint must be a method and a template'],
  ['- endpoint: POST /a\n  answer: keep', 'POST /a: because is missing'],
  [entry('  review: soon\n'), 'POST /a: review must be a date'],
  [entry('  owner: Ana\n'), 'POST /a: '],
  [`${entry('')}${entry('')}`, 'two entries for POST /a'],
  ['- &a {endpoint: POST /a, answer: keep, because: so}\n- *a', 'is neither YAML nor JSON'],
])('refuses %j and says what is wrong', async (text, message) => {
  await expect(parseAnswers(text, file)).rejects.toThrow(ReportError);
  await expect(parseAnswers(text, file)).rejects.toThrow(message);
});

it('writes questions that are not answers yet, and can be filled in line by line', async () => {
  const question = 'Who could not go on? '.repeat(20).trim();
  const asked = ['POST /v1/"odd": path', 'POST /v1/odd'].map((endpoint) => ({
    endpoint,
    question,
    verdict: 'probably',
    isAnswered: false,
  }));
  const text = answersTemplate([...asked, { endpoint: 'POST /known', question, verdict: 'keep', isAnswered: true }]);
  expect(await parseAnswers(text, file)).toEqual([]);
  const filled = text.replace(/answer: .*/, 'answer: hybrid').replace(/because: .*/, 'because: so');
  expect(await parseAnswers(filled, file)).toEqual([{ endpoint: 'POST /v1/"odd": path', answer: 'hybrid', because: 'so' }]);
  await expect(parseAnswers(text.replace(/answer: .*/, 'answer: hybrid'), file)).rejects.toThrow('because is missing');
  expect(text).toContain('# Ask again, and change the entry of POST /known');
});

it('says when no question is open', () => expect(answersTemplate([])).toBe('# No question is open.\n'));

describe('a report with answers', () => {
  const requests = requestsOf(
    drawWorld(2, { ...usualNoise, peopleKnownBy: 'user', kinds: ['payment', 'report', 'video-conversion'], endpoints: 3 }),
  );
  const payments = async () =>
    (await reportOn(requests)).endpoints.find(({ rules }) => rules.some(({ id, fired }) => id === 'K1' && fired))?.endpoint ?? '';
  const delegable = async () =>
    (await reportOn(requests)).endpoints.find(({ rules }) => rules.some(({ id, weight }) => id === 'A1' && weight === 2))?.endpoint ?? '';

  it('judges as its owners answered, and asks no more', async () => {
    const endpoint = await delegable();
    const answers = { file, entries: [{ endpoint, answer: 'delegate', because: 'A mail brings it.' }] } as const;
    const report = await reportOn(requests, { answers });
    const row = report.endpoints.find((one) => one.endpoint === endpoint);
    expect(row).toMatchObject({ verdict: 'delegate', question: '', gate: { id: 'answered' } });
    expect(row?.answered?.isDue).toBe(false);
    expect(report.answers).toMatchObject({ file, answered: 1 });
    expect(report.answers.unanswered).not.toContain(endpoint);
  });

  it('says what callers do against an answer', async () => {
    const endpoint = await payments();
    const answers = {
      file,
      entries: [{ endpoint, answer: 'delegate', because: 'No caller needs it.', neededWithinSeconds: 0.001 }],
    } as const;
    const { answers: summary, endpoints } = await reportOn(requests, { answers });
    expect(summary.contradicted).toEqual([endpoint]);
    const contradictions = endpoints.find((one) => one.endpoint === endpoint)?.answered?.contradictions ?? [];
    expect(contradictions).toEqual([
      expect.stringContaining('it is needed within'),
      expect.stringContaining('it may be delegated, and'),
      ...contradictions.slice(2),
    ]);
  });

  it('asks again when a review is due, and names answers for what the log does not have', async () => {
    const endpoint = await payments();
    const entries = [
      { endpoint, answer: 'keep', because: 'For now.', review: '2026-11-24' },
      { endpoint: 'POST /gone', answer: 'keep', because: 'Once.' },
    ] as const;
    const { answers } = await reportOn(requests, { answers: { file, entries } });
    expect(answers).toMatchObject({ due: [endpoint], unknown: ['POST /gone'] });
  });
});
