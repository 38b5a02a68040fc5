import type { CsvOptions } from './contract.ts';
import type { ReadObjects } from './reading.ts';

export const readCsvObjects: ReadObjects<Partial<CsvOptions>> = async () => {
  throw new Error('not written yet');
};
