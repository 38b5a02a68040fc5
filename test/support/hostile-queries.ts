/** Queries of a caller who means harm, or of one who made a mistake: what each may end with, and nothing else. */

export interface HostileQuery {
  readonly name: string;
  readonly sql: string;
  /** Codes that it may end with; `succeeded` and `deadline_exceeded` among them. */
  readonly codes: readonly string[];
}

const nested = (depth: number, open: string, middle: string, close: string) => open.repeat(depth) + middle + close.repeat(depth);
const lists = (depth: number) => `(repeat('[', ${depth}) || repeat(']', ${depth}))`;
const objects = (depth: number) => `(repeat('{"a":', ${depth}) || '1' || repeat('}', ${depth}))`;

/** Queries that are known to end DuckDB's process. */
const fatal = ['query_crashed', 'deadline_exceeded'];
/** Recursion over JSON text: DuckDB has no bound there. */
const crash = ['query_crashed', 'sql_error', 'out_of_memory', 'succeeded', 'deadline_exceeded'];
/** Memory that DuckDB does not count. */
const memory = ['out_of_memory', 'succeeded', 'deadline_exceeded', 'sql_error', 'result_too_large'];
/** Time, in calls that cannot be interrupted among others. */
const time = ['deadline_exceeded', 'out_of_memory', 'succeeded', 'sql_error'];
const refused = ['statement_not_allowed'];
const wrong = ['sql_error', 'statement_not_allowed', 'out_of_memory', 'query_crashed', 'succeeded', 'deadline_exceeded'];

const table: readonly (readonly [string, readonly string[], string])[] = [
  ['json_structure of lists', fatal, `SELECT json_structure(${lists(1_000_000)})`],
  ['json_structure of objects', fatal, `SELECT json_structure(${objects(1_000_000)})`],
  ['json_group_structure', fatal, `SELECT json_group_structure(${lists(1_000_000)}::JSON)`],
  ['json_merge_patch', fatal, `SELECT json_merge_patch(${objects(100_000)}, ${objects(100_000)})`],
  ['json_contains', fatal, `SELECT json_contains(${lists(300_000)}, ${lists(299_000)})`],
  ['JSON to VARIANT, lists', fatal, `SELECT ${lists(100_000)}::JSON::VARIANT`],
  ['JSON to VARIANT, objects', fatal, `SELECT ${objects(100_000)}::JSON::VARIANT`],
  ['json_transform', fatal, `SELECT json_transform('{}', repeat('[', 100000) || '"INT"' || repeat(']', 100000))`],
  ['from_json', fatal, `SELECT from_json('{}', repeat('[', 100000) || '"INT"' || repeat(']', 100000))`],
  ['json_transform_strict', fatal, `SELECT json_transform_strict('{}', repeat('{"a":', 100000) || '"INT"' || repeat('}', 100000))`],
  ['json_pretty', crash, `SELECT length(json_pretty(${lists(200_000)}))`],
  ['json_extract of a long path', crash, `SELECT json_extract(${objects(100_000)}, '$' || repeat('.a', 100000))`],
  ['json_tree', crash, `SELECT count(*) FROM json_tree(${lists(100_000)})`],
  ['json_each', crash, `SELECT count(*) FROM json_each(${lists(100_000)})`],
  ['json_keys', crash, `SELECT json_keys(${objects(500_000)})`],
  ['JSON wildcards', crash, `SELECT json_extract(${objects(20_000)}, '$..a')`],
  ['JSON to a nested list', crash, `SELECT CAST(${lists(50_000)} AS JSON)::INT[][][][][][][][][][]`],
  ['text to a nested list', crash, `SELECT ${lists(500_000)}::INT[][][][][][][][]`],
  ['a type of many levels', wrong, `SELECT NULL::INT${'[]'.repeat(20_000)}`],
  ['a struct type of many levels', wrong, `SELECT NULL::${nested(5_000, 'STRUCT(a ', 'INT', ')')}`],
  ['a list literal of many levels', wrong, `SELECT ${nested(20_000, '[', '1', ']')}`],
  ['a struct literal of many levels', wrong, `SELECT ${nested(10_000, "{'a': ", '1', '}')}`],
  ['a result nested 900 deep', wrong, `SELECT ${nested(900, '[', '1', ']')}`],

  ['repeat to 4 GB', memory, "SELECT length(repeat('x', 4000000000))"],
  ['repeat to 1.5 GB', memory, "SELECT length(repeat('x', 1500000000))"],
  ['repeat of repeat', memory, "SELECT length(repeat(repeat(repeat('x', 10000), 10000), 10000))"],
  ['wide rows', memory, "SELECT repeat('x', 250000) || i FROM range(2048) t(i)"],
  ['four rows of 100 MB', memory, "SELECT repeat('x', 100000000) FROM range(4)"],
  ['a value of 600 MB', memory, "SELECT repeat('x', 600000000)"],
  ['split', memory, "SELECT len(split(repeat('a,', 60000000), ','))"],
  ['a list of 100 million', memory, 'SELECT len(range(100000000))'],
  ['a list of 10 billion', memory, 'SELECT len(range(10000000000))'],
  ['a list as a result', memory, 'SELECT range(20000000)'],
  ['regexp_extract_all', memory, "SELECT len(regexp_extract_all(repeat('ab', 30000000), 'a'))"],
  ['list_sort', memory, 'SELECT len(list_sort(range(40000000)))'],
  ['list_resize', memory, 'SELECT len(list_resize([1], 3000000000))'],
  ['list_transform that grows', memory, "SELECT list_transform(range(100000), x -> repeat('y', 100000))"],
  ['list_zip', memory, 'SELECT len(list_zip(range(30000000), range(30000000), range(30000000)))'],
  ['flatten of a product', memory, 'SELECT len(flatten(list_transform(range(20000), x -> range(20000))))'],
  ['string_agg of everything', memory, "SELECT length(string_agg(repeat('x', 1000), ',')) FROM range(3000000)"],
  ['list of everything', memory, 'SELECT list(i) FROM range(1000000000) t(i)'],
  ['histogram of everything', memory, 'SELECT histogram(i) FROM range(50000000) t(i)'],
  ['lpad', memory, "SELECT length(lpad('x', 2000000000, 'y'))"],
  ['printf of a wide field', memory, "SELECT length(printf('%2000000000d', 1))"],
  ['format of a wide field', memory, "SELECT length(format('{:2000000000d}', 1))"],
  ['format of a long fraction', memory, "SELECT length(printf('%.2000000000f', 1.5))"],
  ['a bar of a billion', memory, 'SELECT length(bar(1, 0, 1, 1000000000))'],
  ['bitstring', memory, "SELECT length(bitstring('1', 2000000000))"],
  ['a blob in hexadecimal', memory, "SELECT length(hex(repeat('x', 500000000)))"],
  ['replace that grows', memory, "SELECT length(replace(repeat('a', 1000000), 'a', repeat('b', 100000)))"],
  ['regexp_replace that grows', memory, "SELECT length(regexp_replace(repeat('a', 1000000), 'a', repeat('b', 100000), 'g'))"],
  ['url_encode', memory, "SELECT length(url_encode(repeat('%', 500000000)))"],
  ['translate', memory, "SELECT length(translate(repeat('a', 1000000000), 'a', 'b'))"],
  ['to_json of everything', memory, 'SELECT length(to_json(range(50000000)))'],
  ['a map of millions', memory, 'SELECT cardinality(map(range(20000000), range(20000000)))'],
  ['an unnested product', memory, 'SELECT count(*) FROM (SELECT unnest(range(100000000)))'],
  ['a cross join that is sorted', memory, 'SELECT * FROM range(100000) a, range(100000) b ORDER BY hash(a.range, b.range)'],
  ['a window over everything', memory, 'SELECT sum(i) OVER (ORDER BY hash(i)) FROM range(100000000) t(i)'],
  [
    'array_agg within groups',
    memory,
    'SELECT k, array_agg(i ORDER BY hash(i)) FROM (SELECT i, i % 3 AS k FROM range(50000000) t(i)) GROUP BY k',
  ],
  ['a distinct count of texts', memory, "SELECT count(DISTINCT repeat('x', 100) || i) FROM range(30000000) t(i)"],

  ['levenshtein', time, "SELECT levenshtein(repeat('a', 400000), repeat('b', 400000))"],
  ['damerau_levenshtein', memory, "SELECT damerau_levenshtein(repeat('a', 30000), repeat('b', 30000))"],
  ['jaro_winkler', time, "SELECT jaro_winkler_similarity(repeat('ab', 500000), repeat('ba', 500000))"],
  [
    'generate_series over timestamps',
    memory,
    "SELECT len(generate_series(TIMESTAMP '1900-01-01', TIMESTAMP '2100-01-01', INTERVAL 1 microsecond))",
  ],
  ['range over timestamps', memory, "SELECT count(*) FROM range(TIMESTAMP '1000-01-01', TIMESTAMP '9000-01-01', INTERVAL 1 microsecond)"],
  ['400 nested list_transform', [...time, 'query_crashed'], `SELECT ${'list_transform([1,2], x -> '.repeat(400)}1${')'.repeat(400)}`],
  ['lambdas that double', memory, `SELECT len(list_reduce(list_transform(range(60), i -> [i]), (x, y) -> list_concat(x, x), [1::BIGINT]))`],
  ['list_reduce', memory, "SELECT length(list_reduce(list_transform(range(64), x -> 'aa'), (x, y) -> x || x))"],
  [
    'doubling common table expressions',
    [...time, 'query_crashed'],
    `WITH c0 AS (SELECT 1 AS x), ${Array.from({ length: 60 }, (_, i) => `c${i + 1} AS NOT MATERIALIZED (SELECT * FROM c${i} UNION ALL SELECT * FROM c${i})`).join(', ')} SELECT count(*) FROM c60`,
  ],
  [
    'doubling materialized expressions',
    time,
    `WITH c0 AS (SELECT 1 AS x), ${Array.from({ length: 60 }, (_, i) => `c${i + 1} AS MATERIALIZED (SELECT * FROM c${i} UNION ALL SELECT * FROM c${i})`).join(', ')} SELECT count(*) FROM c60`,
  ],
  ['endless recursion', time, 'WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r'],
  ['recursion that doubles', memory, 'WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r, range(2)) SELECT count(*) FROM r'],
  [
    'recursion that grows a text',
    memory,
    "WITH RECURSIVE r AS (SELECT 'x' AS x UNION ALL SELECT x || x FROM r) SELECT max(length(x)) FROM r",
  ],
  ['a cross join', time, 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE (a.range * b.range) % 7 = 3'],
  ['rows for ever', [...time, 'result_too_large'], 'SELECT a.range FROM range(1000000000) a, range(1000000000) b'],
  ['BIGNUM', time, "SELECT (repeat('9', 10000000)::BIGNUM)::VARCHAR"],
  ['BIGNUM products', [...time, 'query_crashed'], "SELECT (repeat('9', 200000)::BIGNUM * repeat('9', 200000)::BIGNUM)::VARCHAR"],
  ['factorial', wrong, 'SELECT factorial(100000000)'],
  ['power', wrong, 'SELECT 10::HUGEINT ** 1000000000'],
  ['a regular expression of nested repeats', time, "SELECT regexp_matches(repeat('a', 10000000), '(a*)*(a*)*(a*)*b')"],
  ['a regular expression of counted repeats', time, "SELECT regexp_matches(repeat('a', 100000), '((a{1,100}){1,100}){1,10}b')"],
  ['a regular expression of 90 KB', time, `SELECT regexp_matches('a', '${'(a|b)?'.repeat(15_000)}')`],
  ['a LIKE of many wildcards', time, `SELECT repeat('a', 1000000) LIKE '${'%a'.repeat(5_000)}%b'`],
  ['a glob of many wildcards', time, `SELECT repeat('a', 100000) GLOB '${'*a'.repeat(5_000)}*b'`],
  ['strptime of a long format', wrong, "SELECT strptime('1', repeat('%d', 1000000))"],
  ['strftime of a long format', memory, "SELECT length(strftime(DATE '2026-01-01', repeat('%A', 10000000)))"],
  ['time zones', time, "SELECT count(timezone('Europe/Berlin', TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND)) FROM range(1000000000) t(i)"],

  ['a run of semicolons in a comment', ['succeeded'], `SELECT 1 /*${';'.repeat(99_900)}*/`],
  ['a run of semicolons behind it', ['succeeded', 'statement_not_allowed'], `SELECT 1${' ;'.repeat(45_000)}`],
  [
    'many cuts of a long tail',
    ['statement_not_allowed', 'sql_error', 'succeeded'],
    `SELECT 1; /*${';'.repeat(99_700)}${'x;'.repeat(48)}x*/`,
  ],
  ['blanks', ['succeeded'], `SELECT 1${' '.repeat(99_000)}/* */`],
  ['an IN list of 16,000', wrong, `SELECT 1 IN (${Array.from({ length: 16_000 }, (_, i) => i).join(',')})`],
  ['5,000 unions', wrong, `SELECT 1 ${'UNION ALL SELECT 1 '.repeat(5_000)}`],
  ['40,000 brackets', wrong, `SELECT ${nested(40_000, '(', '1', ')')}`],
  ['40,000 sums', wrong, `SELECT ${'1+'.repeat(40_000)}1`],
  ['10,000 subqueries', wrong, `FROM ${nested(10_000, '(FROM ', 'range(1)', ')')}`],
  ['900 correlated subqueries', wrong, `SELECT ${nested(900, '(SELECT ', 'a', ' FROM range(2))')} FROM range(2) t(a)`],
  ['10,000 ANDs', wrong, `SELECT ${'true AND '.repeat(10_900)}true`],
  ['3,000 CASEs', wrong, `SELECT ${nested(3_000, 'CASE WHEN true THEN ', '1', ' ELSE 0 END')}`],
  ['24,000 NOTs', wrong, `SELECT ${'NOT '.repeat(24_000)}true`],
  ['19,000 casts', wrong, `SELECT 1${'::INT'.repeat(19_000)}`],
  ['30,000 subscripts', wrong, `SELECT [1]${'[1]'.repeat(30_000)}`],
  [
    'a join of 1,000 tables',
    time.concat(wrong),
    `SELECT count(*) FROM ${Array.from({ length: 1_000 }, (_, i) => `range(1) t${i}`).join(', ')}`,
  ],
  [
    'a join graph of 60',
    time.concat(wrong),
    `SELECT count(*) FROM ${Array.from({ length: 60 }, (_, i) => `range(2) t${i}(a${i})`).join(', ')} WHERE ${Array.from({ length: 59 }, (_, i) => `a${i} = a${i + 1}`).join(' AND ')}`,
  ],
  [
    'GROUPING SETS by CUBE',
    time.concat(wrong),
    `SELECT count(*) FROM range(2) t(a) GROUP BY CUBE (${Array.from({ length: 30 }, (_, i) => `a + ${i}`).join(', ')})`,
  ],
  [
    'PIVOT of thousands',
    time.concat(wrong),
    `PIVOT (FROM range(2) t(a)) ON a IN (${Array.from({ length: 9_000 }, (_, i) => i).join(',')}) USING count(*), sum(a), min(a)`,
  ],
  [
    'PIVOT of a product',
    time.concat(wrong),
    `PIVOT (SELECT a, a AS b, a AS c FROM range(2) t(a)) ON a IN (${Array.from({ length: 400 }, (_, i) => i).join(',')}), b IN (${Array.from({ length: 400 }, (_, i) => i).join(',')}), c IN (1, 2, 3) USING count(*)`,
  ],
  ['14,000 columns', wrong, `SELECT ${Array.from({ length: 14_000 }, (_, i) => `${i}`).join(',')}`],
  ['columns of columns', wrong, `SELECT ${'COLUMNS(*), '.repeat(5_000)}1 FROM (SELECT 1 AS a, 2 AS b, 3 AS c)`],
  ['a name of 90 KB', ['succeeded', 'sql_error'], `SELECT 1 AS "${'n'.repeat(90_000)}"`],
  ['an error of 100 MB', ['sql_error', 'out_of_memory', 'deadline_exceeded'], "SELECT error(repeat('x', 100000000))"],
  ['a conversion error of 100 MB', ['sql_error', 'out_of_memory', 'deadline_exceeded'], "SELECT CAST(repeat('x', 100000000) AS INT)"],
  ['an enum of thousands', wrong, `SELECT 'a'::ENUM(${Array.from({ length: 9_000 }, (_, i) => `'${i}'`).join(',')})`],

  ['SQL hidden in a plan', refused, "SELECT json_serialize_plan('select current_setting(''temp_directory'')', optimize := true)"],
  ['SQL hidden in a tree', refused, "SELECT json_serialize_sql('SELECT 1')"],
  ['SQL hidden in a string', refused, "FROM query('SELECT 1')"],
  ['sleep', refused, 'SELECT sleep_ms(10000000)'],
  ['sleep by another name', refused, 'SELECT pg_sleep(10000)'],
  ['the inner state of an aggregate', refused, "SELECT finalize('x'::BLOB)"],
  ['the inner form of a variant', refused, "SELECT variant_bytes_to_variant('x'::BLOB, 'x'::BLOB)"],
  ['every type there is', refused, 'FROM test_all_types()'],
  ['memory by address', refused, 'FROM arrow_scan(1, 2, 3)'],
  ['logging to a file', refused, "FROM enable_logging('QueryLog', storage = 'file', storage_path = '/tmp/x')"],
];

export const hostileQueries: readonly HostileQuery[] = table.map(([name, codes, sql]) => ({ name, sql, codes }));
