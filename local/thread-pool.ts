/**
 * Imported before anything else: the pool is made at its first use. DuckDB's queries run in it, and five of them, as many as may run at
 * once, would leave none of its four threads to the emulators.
 * @see https://docs.libuv.org/en/v1.x/threadpool.html
 */
process.env['UV_THREADPOOL_SIZE'] ??= '32';
