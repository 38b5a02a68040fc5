/** Text that goes into SQL of ours. What callers send as values is bound instead. */

/** @returns a string literal: DuckDB knows no escape in it but the doubled quote */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}
