/**
 * Serves the files of the console: a function without permissions, apart from the API. Its asset holds the files, written when it is deployed.
 * What API Gateway authenticates are the calls that the page sends to the API.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { withConnectSources } from './connect-sources.ts';
import { answerConsole, type StaticFile } from './console-answer.ts';
import { consoleAssetFile, consoleConfigVariable, consoleSourcesVariable } from './console-environment.ts';

const config = required(consoleConfigVariable);
const files = readFiles(join(import.meta.dirname, consoleAssetFile), required(consoleSourcesVariable));

/** Answers an event of API Gateway's HTTP API (payload format 2.0). */
export async function handler({ rawPath, requestContext, headers }: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { method } = requestContext.http;
  const answer = answerConsole(files, config, { method, path: rawPath, acceptEncoding: headers['accept-encoding'] });
  const isFile = answer.body.kind === 'file';
  const body = answer.body.kind === 'file' ? answer.body.file : answer.body.text;
  return {
    statusCode: answer.status,
    headers: { ...answer.headers },
    ...(method === 'HEAD' ? {} : { body, isBase64Encoded: isFile }),
  };
}

/** Keeps the bodies as the asset has them, in Base64, which is how Lambda answers with bytes. */
function readFiles(file: string, sources: string): ReadonlyMap<string, StaticFile<string>> {
  const entries = JSON.parse(readFileSync(file, 'utf8')) as readonly (readonly [string, StaticFile<string>])[];
  return new Map(entries.map(([path, one]) => [path, { ...one, headers: withConnectSources(one.headers, sources) }]));
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`The environment has no ${name}.`);
  return value;
}
