/** Loads the engine with a mutant in it. Its modules are instances of their own, so one process can hold the engine and every mutant. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clockMutants } from './clock-mutants.ts';
import { type Edit, editedText, type Mutant, placeOf } from './mutant-places.ts';
import { mutants } from './mutants.ts';

const all: Readonly<Record<string, Mutant | readonly Mutant[]>> = { ...mutants, ...clockMutants };
const root = fileURLToPath(new URL('../../', import.meta.url));
const placed = new Map<string, readonly Edit[]>();
/** Source files as JavaScript, shared by all mutants that leave the file unchanged. */
const stripped = new Map<string, string>();

/**
 * Imports a module of this folder. It and all that it imports from this project carry the mutant; packages are shared.
 * @throws Error if there is no mutant of this name, or its code does not occur exactly once
 */
export async function importMutant<Module>(name: string, module: string): Promise<Module> {
  if (all[name] === undefined) throw new Error(`There is no mutant "${name}". There are:\n${Object.keys(all).join('\n')}`);
  return (await import(`${module}?mutant=${encodeURIComponent(name)}`)) as Module;
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const mutant = mutantOf(context.parentURL) ?? mutantOf(specifier);
    if (mutant === undefined || !resolved.url.startsWith('file:') || resolved.url.includes('/node_modules/')) return resolved;
    const url = new URL(resolved.url);
    url.searchParams.set('mutant', mutant);
    return { ...resolved, url: url.href };
  },
  load(url, context, nextLoad) {
    const name = mutantOf(url);
    const file = name === undefined ? '' : fileURLToPath(url);
    if (name === undefined || !file.endsWith('.ts')) return nextLoad(url, context);
    const edits = editsOf(name);
    const path = relative(root, file);
    const source = edits.some((edit) => edit.file === path) ? stripTypeScriptTypes(editedText(path, edits, root)) : javaScriptOf(file);
    return { format: 'module', source, shortCircuit: true };
  },
});

function editsOf(name: string): readonly Edit[] {
  const known = placed.get(name);
  if (known !== undefined) return known;
  const edits = [all[name] ?? []].flat().map((edit) => ({ ...placeOf(edit, root), replace: edit.replace }));
  placed.set(name, edits);
  return edits;
}

function mutantOf(url = ''): string | undefined {
  return url.includes('?mutant=') ? (new URL(url, 'file:').searchParams.get('mutant') ?? undefined) : undefined;
}

function javaScriptOf(file: string): string {
  const known = stripped.get(file);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  stripped.set(file, source);
  return source;
}
