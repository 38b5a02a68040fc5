/** `restored` of docs/upgrade.md, in bash, with an `aws` that answers as DynamoDB and the AWS CLI do: when it waits, and when it stops. */
import { spawnSync } from 'node:child_process';
import { blocksOfDocs, functionsOf } from '../../deploy/docs/blocks.ts';

const [restored = ''] = /^restored\(\) \{.*?^\}$/ms.exec(functionsOf(blocksOfDocs())) ?? [];
const missing = '! An error occurred (ResourceNotFoundException) when calling the DescribeTable operation: Requested resource not found';

/** @param answers one a call, the last one for all that follow; one with a `!` is an error */
function wait(answers: readonly string[]) {
  const cases = answers.map((answer, i) => `${i === answers.length - 1 ? '*' : i + 1}) answer='${answer}' ;;`).join('\n');
  // Called in a subshell, so it counts in a file.
  const script = `
calls=$(mktemp)
aws() {
  echo call >> "$calls"
  case $(wc -l < "$calls" | tr -d ' ') in
${cases}
  esac
  [[ $answer != '!'* ]] || { echo "$answer" >&2; return 254; }
  echo "$answer"
}
sleep() { [ "$(wc -l < "$calls")" -lt 50 ] || exit 99; }
${restored}
restored jobs
code=$?
wc -l < "$calls" | tr -d ' '
rm -f "$calls"
exit $code`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', timeout: 10_000 });
  return { status, calls: Number(stdout), stderr };
}

it('returns when the table is there', () => expect(wait(['CREATING', 'CREATING', 'ACTIVE'])).toEqual({ status: 0, calls: 3, stderr: '' }));

it('waits for a table that DynamoDB does not show yet', () =>
  expect(wait([missing, missing, 'CREATING', 'ACTIVE'])).toEqual({ status: 0, calls: 4, stderr: '' }));

it('stops when there is no such table', () =>
  expect(wait([missing])).toEqual({ status: 1, calls: 4, stderr: expect.stringContaining('ResourceNotFoundException') }));

it.each(['ExpiredTokenException', 'AccessDeniedException', 'UnrecognizedClientException'])('stops at %s, and shows it', (code) => {
  const answers = ['CREATING', `! An error occurred (${code}) when calling the DescribeTable operation`];
  expect(wait(answers)).toEqual({ status: 1, calls: 2, stderr: expect.stringContaining(code) });
});

it.each(['DELETING', 'ARCHIVED', 'INACCESSIBLE_ENCRYPTION_CREDENTIALS'])('stops at a table that is %s', (status) =>
  expect(wait(['CREATING', status])).toEqual({ status: 1, calls: 2, stderr: `The table jobs is ${status}.\n` }),
);

it('asks nothing without a name', () => {
  const { status, stderr } = spawnSync('bash', ['-c', `aws() { echo asked >&2; }\n${restored}\nrestored`], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect([status, stderr]).toEqual([1, expect.not.stringContaining('asked')]);
});
