/** The CDK CLI, as a person runs it. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = '.build/deploy-test';

/**
 * @param args of a command on the deployed stages, which are synthesised first
 * @throws Error with everything that it printed
 */
export async function cdkOnStages(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  await cdk(['synth', '--quiet', '-c', 'config=test/deploy/delegation.config.ts', '-o', folder], env);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) withoutExpressions(join(folder, file));
  return cdk([...args, '--app', folder], env);
}

/** @throws Error with everything that it printed */
export async function cdk(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn('cdk', [...args, '--ci', '--no-color'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

export const deployAll = ['deploy', '--all', '--require-approval', 'never', '--concurrency', '2'];

/** What an alarm on an expression looks at instead, which nobody counts. A known difference: see README.md. */
export const insteadOfExpression = 'InsteadOfExpression';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; Properties: Readonly<Record<string, unknown>> }>>;
}

function withoutExpressions(file: string): void {
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  for (const resource of Object.values(template.Resources)) {
    if (resource.Type !== 'AWS::CloudWatch::Alarm') continue;
    const { Metrics, ...others } = resource.Properties;
    if (Metrics !== undefined)
      resource.Properties = { ...others, Namespace: 'Delegation', MetricName: insteadOfExpression, Statistic: 'Sum', Period: 300 };
  }
  writeFileSync(file, JSON.stringify(template));
}

/** @returns an output of a stack, out of what `cdk deploy` printed */
export function outputOf(printed: string, stack: string, name: string): string {
  const [, value] = new RegExp(`^${stack}\\.${name} = (\\S+)$`, 'm').exec(printed) ?? [];
  if (value === undefined) throw new Error(`cdk deploy printed no ${stack}.${name}:\n${printed}`);
  return value;
}
