/**
 * Strings of DuckDB's as they are. The binding decodes them with a `TextDecoder` that takes a byte order mark away, also where it is the first
 * character of a value. Imported for its effect.
 * @see https://encoding.spec.whatwg.org/#dom-textdecoderoptions-ignorebom
 */
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';

const whole = new TextDecoder('utf-8', { ignoreBOM: true });
textDecoder.decode = (bytes?: Uint8Array) => whole.decode(bytes);
