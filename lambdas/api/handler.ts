import { handle } from 'hono/aws-lambda';
import { s3DownloadLinks } from '../adapters/s3-download-links.ts';
import { s3UploadLinks } from '../adapters/s3-upload-links.ts';
import { withOpenHandle } from '../open-handle.ts';
import { isWarmEvent } from '../warm-event.ts';
import { wireEngine, wireSchedules, wireSubmissions, wireUniques } from '../wiring.ts';
import { createApi } from './app.ts';
import { withFetchMethod } from './request/event-method.ts';

const engine = wireEngine(process.env, {
  eventBus: () => import('#event-bus-part'),
  deliveries: () => import('#webhook-part'),
  gates: () => import('#gate-part'),
});
const { s3, deps } = wireSubmissions(engine);
const { bucketName } = engine.config;
const ports = {
  ...deps,
  schedules: wireSchedules(engine),
  uniques: wireUniques(engine),
  links: s3DownloadLinks(s3, bucketName),
  uploadLinks: s3UploadLinks(s3, bucketName),
};
const answer = handle(createApi(ports));

/** Answers an event of API Gateway's HTTP API (payload format 2.0), and does nothing for one that keeps the function warm. */
export const handler = withOpenHandle(async (event: Parameters<typeof answer>[0], host: Parameters<typeof answer>[1]) =>
  isWarmEvent(event) ? undefined : answer(withFetchMethod(event), host),
);
