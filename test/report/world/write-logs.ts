/** Writes a world's events as the lines of a log, in each format that carries the time of a request. */

import { type ObservedEvent, observe } from './observed-events.ts';
import type { World } from './world.ts';
import { albLine } from './write-alb-log.ts';
import { apiGatewayLine } from './write-api-gateway-log.ts';
import { cloudFrontHeader, cloudFrontLine } from './write-cloudfront-log.ts';
import { otelLines } from './write-otel-spans.ts';
import { apacheLine, nginxCombinedLine, nginxJsonLine } from './write-server-log.ts';

export const worldFormats = ['nginx-json', 'nginx-combined', 'apache', 'alb', 'cloudfront', 'api-gateway', 'otel'] as const;
export type WorldFormat = (typeof worldFormats)[number];

const writers: Readonly<Record<Exclude<WorldFormat, 'otel'>, (observed: ObservedEvent) => string>> = {
  'nginx-json': nginxJsonLine,
  'nginx-combined': nginxCombinedLine,
  apache: apacheLine,
  alb: albLine,
  cloudfront: cloudFrontLine,
  'api-gateway': apiGatewayLine,
};

/**
 * Writes the same events in one format. Each line is one request, apart from the two header lines of CloudFront, and from OpenTelemetry,
 * where a line is a document of up to 20 spans.
 */
export function logLines(world: World, format: WorldFormat): string[] {
  const observed = observe(world);
  if (format === 'otel') return otelLines(observed, world.settings);
  const lines = observed.map(writers[format]);
  return format === 'cloudfront' ? [...cloudFrontHeader, ...lines] : lines;
}
