/** The CDK CLI, as a person runs it. */
import { spawn } from 'node:child_process';

/** Runs a command on the deployed stages. @throws Error with everything that it printed */
export function cdkOnStages(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return cdk([...args, '-c', 'config=test/deploy/delegation.config.ts', '-o', '.build/deploy-test'], env);
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

/** @returns an output of a stack, from the text that `cdk deploy` printed */
export function outputOf(printed: string, stack: string, name: string): string {
  const [, value] = new RegExp(`^${stack}\\.${name} = (\\S+)$`, 'm').exec(printed) ?? [];
  if (value === undefined) throw new Error(`cdk deploy printed no ${stack}.${name}:\n${printed}`);
  return value;
}
