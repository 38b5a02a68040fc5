import { handle } from 'hono/aws-lambda';
import { s3DownloadLinks } from '../adapters/s3-download-links.ts';
import { withOpenHandle } from '../open-handle.ts';
import { wireEngine, wireSchedules } from '../wiring.ts';
import { createApi } from './app.ts';

const engine = wireEngine(process.env);
const { s3, deps } = wireSchedules(engine);

/** Answers an event of API Gateway's HTTP API (payload format 2.0). */
export const handler = withOpenHandle(handle(createApi({ ...deps, links: s3DownloadLinks(s3, engine.config.bucketName) })));
