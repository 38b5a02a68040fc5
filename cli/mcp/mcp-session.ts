/** What one MCP server works with: the client of a deployment, and what it may do there. */
import type { Client } from '../../client/create-client.ts';
import type { CostBudget } from './cost-budget.ts';

/** What may be allowed beyond reading. */
export const permissions = ['submit', 'cancel'] as const;
export type Permission = (typeof permissions)[number];

export interface McpSession {
  readonly client: Client;
  /** The deployment's name for people, such as its URL. It is in every answer that changes something. */
  readonly label: string;
  readonly allow: ReadonlySet<Permission>;
  /** The job types that may be submitted. @default any */
  readonly types: ReadonlySet<string> | undefined;
  readonly budget: CostBudget | undefined;
}

/**
 * Reads the values of `--allow` and `--types`: names with commas between them.
 * @throws Error that names the value that is wrong, and what is allowed
 */
export function readPermissions(names: readonly string[]): ReadonlySet<Permission> {
  for (const name of names)
    if (!permissions.some((permission) => permission === name))
      throw new Error(`--allow takes ${permissions.join(' and ')}, with a comma between them (it was "${name}").`);
  return new Set(names as readonly Permission[]);
}

/** @throws Error for a name that no job type can have */
export function readTypes(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  for (const name of names ?? [])
    if (!typePattern.test(name))
      throw new Error(`--types takes names of job types, such as run-query, with commas between them (it was "${name}").`);
  return names === undefined ? undefined : new Set(names);
}

const typePattern = /^[a-z][a-z0-9-]*$/;
