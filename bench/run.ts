/**
 * `npm run bench`: the table of everything beside peers or the bare minimum; `npm run bench -- cold-start`: how fast each function loads;
 * `npm run bench -- read`: how fast run-query reads; `npm run bench -- page`: writes the page about the table again, and measures nothing.
 */
const benches = { 'cold-start': './cold-start.ts', read: './read.ts', table: './table.ts', page: './write-page.ts' } as const;

const name = process.argv[2]?.startsWith('--') === false ? process.argv[2] : 'table';
if (!(name in benches)) throw new Error(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}.`);
await import(benches[name as keyof typeof benches]);
