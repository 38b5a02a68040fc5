/** Names of columns as SQL compares them, and made distinct. */

/** SQL takes the letters A to Z and a to z for the same in names. */
export function foldCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Makes the names of an object's columns distinct. An empty name becomes `column` and its index from 0; one that is used already gets a number
 * that makes no name which another column was given. NUL cannot be written in SQL and becomes `\u0000`.
 */
export function distinctNames(given: readonly string[]): string[] {
  const reserved = new Set(given.map(foldCase));
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return given.map((wanted, index) => {
    const base = wanted === '' ? `column${index}` : wanted.replaceAll('\0', '\\u0000');
    const key = foldCase(base);
    let count = counts.get(key) ?? 0;
    let name = base;
    while (used.has(foldCase(name)) || (name !== wanted && reserved.has(foldCase(name)))) {
      count += 1;
      name = `${base}_${count}`;
    }
    counts.set(key, count);
    used.add(foldCase(name));
    return name;
  });
}
