/** The caller's values, bound to the statement's `$name`s. */
import {
  BIGINT,
  BOOLEAN,
  DECIMAL,
  DOUBLE,
  DuckDBDecimalValue,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { PermanentError } from '../../../core/contract/errors.ts';
import { isExactNumber } from '../../../text/exact-json.ts';
import { integerType, maxDecimalWidth, queryDecimal } from '../values/query-decimal.ts';

/** @throws PermanentError `invalid_parameters` when one is missing, unknown, or has more digits than DuckDB can hold */
export function bindParameters(statement: DuckDBPreparedStatement, parameters: Readonly<Record<string, unknown>>): void {
  const wanted = Array.from({ length: statement.parameterCount }, (_, index) => statement.parameterName(index + 1));
  const missing = wanted.filter((name) => !Object.hasOwn(parameters, name));
  const unknown = Object.keys(parameters).filter((name) => !wanted.includes(name));
  if (missing.length > 0)
    throw invalid(`The SQL uses parameters that were not given: ${missing.map((name) => `$${name}`).join(', ')}.`, { missing });
  if (unknown.length > 0) throw invalid(`The SQL uses no parameter ${unknown.map((name) => `$${name}`).join(', ')}.`, { unknown });
  for (const [index, name] of wanted.entries()) statement.bindValue(index + 1, ...typedValue(name, parameters[name]));
}

function typedValue(name: string, value: unknown): [DuckDBValue, DuckDBType] {
  if (value === null) return [null, SQLNULL];
  if (typeof value === 'boolean') return [value, BOOLEAN];
  if (typeof value === 'string') return [value, VARCHAR];
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return [value, DOUBLE];
  if (typeof value !== 'number' && !isExactNumber(value))
    throw invalid(`The parameter $${name} must be a string, number, boolean or null.`, { name });
  const decimal = queryDecimal(typeof value === 'number' ? String(value) : value.rawJSON);
  const whole = decimal?.scale === 0 ? integerType(decimal.unscaled) : undefined;
  if (decimal !== undefined && whole !== undefined) return [decimal.unscaled, whole === 'BIGINT' ? BIGINT : HUGEINT];
  if (decimal === undefined || decimal.width > maxDecimalWidth) {
    throw invalid(`The parameter $${name} has more digits than a DECIMAL holds (${maxDecimalWidth}); send it as a string.`, { name });
  }
  const { unscaled, scale } = decimal;
  return [new DuckDBDecimalValue(unscaled, maxDecimalWidth, scale), DECIMAL(maxDecimalWidth, scale)];
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): PermanentError {
  return new PermanentError(message, { code: 'invalid_parameters', details });
}
