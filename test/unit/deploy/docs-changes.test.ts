/**
 * Commands of the docs that change or delete something, in a terminal in which nothing is set: a variable that is empty must stop the command,
 * and must not widen what it is about. `${NAME:?}` stops it, in a shell that a reader types into as well.
 */
import { type Block, blocksOf, blocksOfDocs } from '../../deploy/docs/blocks.ts';
import { plans } from '../../deploy/docs/plans.ts';

const reads = /^(describe|list|get|filter|scan|query|start-query|receive|detect|decode|export)/;

/** @returns the statements of a block, each with its pipeline and its continued lines */
function statementsOf({ text }: Block): readonly string[] {
  const statements: string[] = [];
  let open = '';
  for (const line of text.split('\n').map((one) => one.replace(/(^|\s)#\s.*$/, '').trimEnd())) {
    open += `${line}\n`;
    const isQuoteOpen = (open.replaceAll('\\"', '').match(/"/g) ?? []).length % 2 === 1;
    if (isQuoteOpen || /(\\|\||&&)$/.test(line)) continue;
    if (open.trim() !== '') statements.push(open);
    open = '';
  }
  return statements;
}

function isChange(statement: string): boolean {
  const calls = [...statement.matchAll(/\baws (?!configure)([\w-]+) ([\w-]+)/g)];
  return calls.some(([, , operation = '']) => !reads.test(operation)) || /\bcdk (deploy|destroy|bootstrap)\b/.test(statement);
}

const variablesIn = (statement: string) => [...statement.matchAll(/\$\{?([A-Za-z_]\w*)(:\?)?/g)];

/** @returns each variable that may be empty in a statement that changes something, or in one that says what is changed */
function unguardedIn(block: Block): readonly string[] {
  const statements = statementsOf(block);
  const assignments = new Map(
    statements.flatMap((statement) => {
      const [, name, value = ''] = /^\s*(?:export )?([A-Za-z_]\w*)=(.*)/s.exec(statement) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    }),
  );
  const isFilled = (name: string): boolean => {
    const value = assignments.get(name);
    return value !== undefined && !value.includes('$(') && variablesIn(value).every(([, other = '']) => isFilled(other));
  };
  const unguarded = (statement: string): readonly string[] =>
    variablesIn(statement).flatMap(([, name = '', guard]) => (guard === undefined && !isFilled(name) ? [name] : []));
  return statements.filter(isChange).flatMap((statement) => {
    const assigned = variablesIn(statement).map(([, name = '']) => assignments.get(name) ?? '');
    return [statement, ...assigned].flatMap(unguarded);
  });
}

const blocks = blocksOfDocs();
const changing = blocks.filter((block) => statementsOf(block).some(isChange));

it('sees the blocks that change something', () => expect(changing.length).toBeGreaterThan(14));

it.each(changing.map((block) => [block.name, block] as const))('stops where a variable is not set: %s', (_, block) =>
  expect(unguardedIn(block)).toEqual([]),
);

it.each(blocks.map((block) => [block.name, block] as const))('keeps its guards where it is run with stand-ins: %s', (_, block) => {
  const plan = plans[block.name];
  if (plan === undefined || 'leftOut' in plan) return;
  for (const [what, by] of Object.entries(plan.standIns ?? {})) {
    for (const [guarded] of what.matchAll(/\$\{\w+:\?\}/g)) expect([what, by.includes(guarded)]).toEqual([what, true]);
  }
});

it.each([
  ['aws logs describe-log-groups --log-group-name-prefix "/aws/lambda/$STACK" |\n  xargs -r -n 1 aws logs delete-log-group', ['STACK']],
  [`aws ec2 create-tags --tags \\\n  Key=name,Value="\${STACK}"`, ['STACK']],
  ['npx cdk destroy -c config="$CONFIG" --force', ['CONFIG']],
  [`LOG=$(aws logs describe-log-groups --log-group-name-prefix "$A")\naws logs delete-log-group --log-group-name "\${LOG:?}"`, ['A']],
  ['LOG=$(aws logs describe-log-groups)\naws logs delete-log-group --log-group-name "$LOG"', ['LOG']],
  ['STACK=Delegation   # or another\naws ec2 create-tags --tags Key=name,Value="$STACK"', []],
  [`aws ec2 create-tags --tags Key=name,Value="\${STACK:?}"`, []],
  ['aws dynamodb scan --table-name "$TABLE"', []],
])('finds what is not guarded in %s', (commands, expected) => {
  const [block = { name: '', text: '' }] = blocksOf('a.md', `\`\`\`sh\n${commands}\n\`\`\`\n`);
  expect(unguardedIn(block)).toEqual(expected);
});
