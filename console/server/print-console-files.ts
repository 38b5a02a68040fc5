/** Prints the files of the console as the function that serves them reads them: CDK's constructs cannot await, so they run this program. */
import { consoleFiles } from './console-files.ts';

const files = [...(await consoleFiles())].map(([path, { body, brotli, contentType, headers }]) => [
  path,
  { body: body.toString('base64'), brotli: brotli.toString('base64'), contentType, headers },
]);
process.stdout.write(JSON.stringify(files));
