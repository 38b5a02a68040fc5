/** What words of a path say of the position behind them, as English APIs name them. Lists of ours; a word that is missing makes the learner more careful, never less. */

/** What stays a word wherever it is: operations on a collection or an item, and the caller's own item. */
const operations = new Set(
  (
    'me self current mine own my new edit create add update delete remove search find query filter list index all count total latest recent popular ' +
    'export import bulk batch upload download sync refresh reset validate verify check preview publish archive restore cancel approve reject close open ' +
    'start stop run retry send submit confirm activate deactivate enable disable lock unlock login logout signin signup register status state info ' +
    'details detail history stats statistics summary metrics health config settings schema metadata meta options actions login oauth callback token'
  ).split(' '),
);
/** Plurals whose children are kinds of things to do, each its own endpoint, rather than members of a collection. */
const kinds = new Set(
  (
    'actions settings stats statistics analytics metrics services functions methods commands modules plugins reports queries exports imports tools ops ' +
    'operations apis rpcs docs assets webhooks hooks jobs tasks workflows procedures controls options preferences integrations resources routes endpoints views forms'
  ).split(' '),
);
/** Singular words behind which there is usually a member of a collection. */
const singularCollections = new Set(
  (
    'user u profile account member author customer client org organization organisation company team group project repo tenant workspace channel room ' +
    'product item sku category tag topic article post blog story wiki page city country region hotel event artist album movie book recipe slug name key id'
  ).split(' '),
);
const singulars = new Map([
  ['people', 'person'],
  ['children', 'child'],
  ['caches', 'cache'],
  ['aliases', 'alias'],
  ['indices', 'index'],
  ['series', 'series'],
  ['news', 'news'],
  ['movies', 'movie'],
  ['u', 'user'],
]);
const word = /^[a-z][a-z_-]*$/i;
const version = /^v\d{1,2}$/i;
const notANoun = /^(?:v\d{1,2}|api|rest|rpc|graphql|public|private|internal|external|admin|app|web|www)$/i;

/** Whether a segment names something to do, so that it is never one member of a collection. Versions (`v1` to `v99`) are such too. */
export function isOperation(segment: string): boolean {
  return operations.has(segment.toLowerCase()) || version.test(segment);
}

/** Whether the segments behind this one are likely members of a collection: behind `users` or `profile`, and not behind `api`, `reports` or `pkg.Users`. */
export function isCollection(segment: string): boolean {
  const name = segment.toLowerCase();
  if (!word.test(name) || kinds.has(name) || notANoun.test(name)) return false;
  return singularCollections.has(name) || singulars.has(name) || (name.endsWith('s') && !/(?:ss|us|is)$/.test(name));
}

/** The name of a parameter behind a segment: `user` behind `users`, `name` where the segment gives none. */
export function parameterName(segment: string | undefined): string {
  if (segment === undefined || !word.test(segment) || notANoun.test(segment)) return 'name';
  const plural = segment.toLowerCase();
  const known = singulars.get(plural);
  if (known !== undefined) return known;
  if (/(?:ss|us|is)$/.test(plural)) return plural;
  if (plural.endsWith('ies') && plural.length > 4) return `${plural.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh|zz)es$/.test(plural) || plural.endsWith('statuses')) return plural.slice(0, -2);
  return plural.endsWith('s') && plural.length > 2 ? plural.slice(0, -1) : plural;
}
