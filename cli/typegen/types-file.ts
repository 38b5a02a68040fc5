/** The file of types that `delegation typegen` writes. */
import { createHash } from 'node:crypto';
import type { DeployedJobType, Deployment } from './deployed-job-types.ts';
import { linesOf } from './schema-notes.ts';
import { pascalCase, SchemaReferences } from './schema-references.ts';
import { typeOfSchema } from './schema-types.ts';
import { type Member, namesIn, type TypeNode } from './type-nodes.ts';
import { textOf } from './type-text.ts';

/** How a first line begins: a file that begins otherwise is somebody's own. */
const firstWords = '// Written by "delegation typegen"';

/**
 * @returns TypeScript with one export, `JobTypes`, for `createClient<JobTypes>()`: fit for a `.ts` and for a `.d.ts` file. The same schemas give the
 * same bytes, in any order that the API lists them in. No type is narrower than its schema.
 */
export function typesOf({ deployment, version, jobTypes }: Deployment): string {
  const aliases: Alias[] = [];
  const taken = new Set(['JobTypes']);
  const sorted = [...jobTypes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const members = sorted.map((jobType) => jobTypeMember(jobType, aliases, taken));
  const declared = aliases.map(({ name, type }) => `type ${name} = ${textOf(type)};\n\n`);
  const exported = `export type JobTypes = ${textOf({ kind: 'object', members, others: undefined })};\n`;
  const body = `${declared.join('')}/** Job types by name: \`createClient<JobTypes>({ url })\`. */\n${exported}`;
  return `${headerOf({ deployment, version }, body)}\n\n${body}`;
}

/** @returns the hash in a file's first line; undefined for a file that was not written here */
export function hashIn(text: string): string | undefined {
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r?\n/, 1);
  return line.startsWith(firstWords) ? /Hash of the types: ([0-9a-f]{16})\.$/.exec(line)?.[1] : undefined;
}

interface Alias {
  readonly name: string;
  readonly type: TypeNode;
}

/** Where the types are from is not in the hash: two deployments of the same job types have the same. */
function headerOf({ deployment, version }: Omit<Deployment, 'jobTypes'>, body: string): string {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  const from = deployment === null ? 'a local mode' : `the deployment ${JSON.stringify(deployment)}`;
  const source = `${from}, Delegation ${version}`.replaceAll(/[^\x20-\x7e]/g, '?');
  return `${firstWords} from ${source}. Do not edit it: write it again. Hash of the types: ${hash}.`;
}

function jobTypeMember(jobType: DeployedJobType, aliases: Alias[], taken: Set<string>): Member {
  const { name, description, schemaHash, inputSchema, resultSchema, signalSchemas } = jobType;
  const prefix = `${/^[A-Za-z]/.test(name) ? '' : 'JobType'}${pascalCase(name)}`;
  const member = (of: string, schema: unknown, words: string, isSent: boolean) =>
    plainMember(of, rootType(schema, { prefix: `${prefix}${words}`, isSent, aliases, taken }));
  const signals = Object.keys(signalSchemas).sort();
  const payloads = signals.map((signal) => member(signal, signalSchemas[signal], pascalCase(`signal-${signal}`), true));
  const members = [
    member('input', inputSchema, 'Input', true),
    member('output', resultSchema, 'Output', false),
    // Also where there are none: without the member, the client takes any signal.
    plainMember('signals', { kind: 'object', members: payloads, others: undefined }),
  ];
  const notes = [...linesOf(description), ...linesOf(`Hash of its schemas: ${schemaHash}`)];
  return { ...plainMember(name, { kind: 'object', members, others: undefined }), notes };
}

interface RootPlace {
  readonly prefix: string;
  readonly isSent: boolean;
  readonly aliases: Alias[];
  readonly taken: Set<string>;
}

/** @returns the type of a whole schema; the aliases that it needs are added */
function rootType(schema: unknown, { prefix, isSent, aliases, taken }: RootPlace): TypeNode {
  const references = new SchemaReferences(schema, prefix, taken);
  const typeAt = (pointer: string) => typeOfSchema(references.resolve(pointer), { references, isSent, alias: pointer, depth: 0 });
  const type = typeAt('#');
  // A Map iterates over what is added meanwhile, so the aliases of aliases are written too.
  const known = new Map<string, TypeNode>();
  for (const [pointer, name] of references.aliases) known.set(name, typeAt(pointer));
  const used = usedNames(type, known);
  aliases.push(...[...known].flatMap(([name, of]) => (used.has(name) ? [{ name, type: of }] : [])));
  return type;
}

/** @returns the aliases that a type reaches: one that was part of a union with `unknown` is not */
function usedNames(type: TypeNode, known: ReadonlyMap<string, TypeNode>, used = new Set<string>()): ReadonlySet<string> {
  for (const name of namesIn(type)) {
    const alias = known.get(name);
    if (alias === undefined || used.has(name)) continue;
    used.add(name);
    usedNames(alias, known, used);
  }
  return used;
}

const plainMember = (name: string, type: TypeNode): Member => ({ name, type, isOptional: false, notes: [] });
