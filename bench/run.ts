/**
 * `npm run bench`: measures how fast the functions load; `npm run bench -- read`: how fast run-query reads; `npm run bench -- table`: the engine and the local
 * mode beside peers; `npm run bench -- page`: writes the page about them again, and measures nothing.
 */
const benches = { 'cold-start': './cold-start.ts', read: './read.ts', table: './table.ts', page: './write-page.ts' } as const;

const name = process.argv[2]?.startsWith('--') === false ? process.argv[2] : 'cold-start';
if (!(name in benches)) throw new Error(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}.`);
await import(benches[name as keyof typeof benches]);
