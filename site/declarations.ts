/** Reads declaration files, as the compiler lays them out: one declaration after the other, each at the beginning of a line. */

export interface Declaration {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'const';
  /** The doc comment as prose; empty where there is none. */
  readonly comment: string;
  /** The declaration without `export` and `declare`; several of one name are overloads, one below the other. */
  readonly text: string;
}

const statement =
  /((?:\/\*\*(?:(?!\*\/).)*\*\/\n)?)^(?:export )?(?:declare )?(function|class|interface|type|const) (\w+)(.*?(?:;|\})$)(?=\n[^\s}]|\n*(?!.))/gms;

/** @returns the declarations of a file in their order, exported or not */
export function declarationsOf(file: string): readonly Declaration[] {
  const found = new Map<string, Declaration>();
  for (const [, comment = '', kind = '', name = '', rest = ''] of file.matchAll(statement)) {
    const text = withoutPrivate(`${kind} ${name}${rest}`);
    const before = found.get(name);
    const declaration = { name, kind: kind as Declaration['kind'], comment: proseOf(comment), text };
    found.set(name, before === undefined ? declaration : { ...before, text: `${before.text}\n${text}` });
  }
  return [...found.values()];
}

/** @returns the exports of an index in their order, each with the module that it comes from: `['createClient', 'create-client']` */
export function exportsOf(index: string): readonly (readonly [name: string, module: string])[] {
  return [...index.matchAll(/^export (?:type )?\{(.*?)\} from\s'\.\/([\w-]+)\.(?:ts|js)';/gms)].flatMap(([, names = '', module = '']) =>
    names.split(',').map((name) => [name.replace('type ', '').trim(), module] as const),
  );
}

/** @returns a doc comment without its stars; each of its tags begins a paragraph */
export function proseOf(comment: string): string {
  const text = comment
    .replaceAll(/^\/\*\*|\*\/\s*$/g, '')
    .replaceAll(/^[ \t]*\* ?/gm, '')
    .trim()
    .replaceAll(/(?<!\n)\n(?![\n-])/g, ' ');
  return text
    .replaceAll(/\s*@typeParam (\w+)/g, '\n\n*Type parameter* `$1`:')
    .replaceAll(/\s*@param (\w+)/g, '\n\n*Parameter* `$1`:')
    .replaceAll(/\s*@(returns|throws|default|see)/g, (_, tag: string) => `\n\n*${tag[0]?.toUpperCase()}${tag.slice(1)}:*`)
    .trim();
}

/** What is left out: members that callers cannot reach, and constructors, which are the client's to call but for that of `ExactNumber`. */
function withoutPrivate(text: string): string {
  return text
    .replaceAll(/^ {4}(?:private (?:readonly )?\w+;|constructor\((?!text\b)[^\n]*)\n/gm, '')
    .replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}
