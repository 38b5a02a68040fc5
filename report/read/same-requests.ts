/** Refuses to count the requests of one service twice where two of its layers logged them. */
import { ReportError } from '../report-error.ts';
import type { FormatName, ReadOptions } from './log-reader.ts';
import { type PlannedFile, readPlanned } from './read-planned.ts';
import { RequestSample, sharesRequests } from './request-sample.ts';

/** Formats of logs that servers and gateways write, one in front of the other. */
const layers: ReadonlySet<FormatName> = new Set(['api-gateway', 'alb', 'cloudfront', 'nginx', 'apache']);

/**
 * Finds formats that log the same requests as the layer that counts.
 * Reads everything once where there is more than one format of a layer.
 * @returns formats not to count
 * @throws ReportError naming `--layer` when two formats hold the same requests and none is chosen, or when no log has the chosen one
 */
export async function formatsToLeaveOut(
  files: readonly PlannedFile[],
  options: ReadOptions & { readonly layer?: FormatName | undefined; readonly progress?: ((text: string) => void) | undefined },
): Promise<ReadonlySet<FormatName>> {
  const { layer } = options;
  const present = new Map(files.filter(({ format }) => layers.has(format)).map(({ format, title }) => [format, title]));
  if (layer !== undefined && !present.has(layer))
    throw new ReportError(
      `--layer must name a format of these logs: ${[...present.keys()].sort().join(', ') || 'there is none'} (was ${layer}).`,
    );
  if (present.size < 2) return new Set();
  const samples = await sampleAll(files, options);
  const pairs = pairsOf([...present.keys()].sort()).filter(([one, other]) => {
    const [first, second] = [samples.get(one), samples.get(other)];
    return first !== undefined && second !== undefined && sharesRequests(first, second);
  });
  const leftOut = new Set(pairs.filter((pair) => pair.some((format) => format === layer)).flat());
  if (layer !== undefined) leftOut.delete(layer);
  const undecided = pairs.find((pair) => !pair.some((format) => format === layer || leftOut.has(format)));
  if (undecided === undefined) return leftOut;
  const [one, other] = undecided;
  throw new ReportError(
    `The logs of ${present.get(one)} and ${present.get(other)} hold the same requests, which would count twice. ` +
      `Choose whose requests count: --layer ${one} or --layer ${other}.`,
  );
}

async function sampleAll(
  files: readonly PlannedFile[],
  options: ReadOptions & { readonly progress?: ((text: string) => void) | undefined },
): Promise<ReadonlyMap<FormatName, RequestSample>> {
  const samples = new Map<FormatName, RequestSample>();
  const ofLayers = files.filter(({ format }) => layers.has(format));
  await readPlanned(ofLayers, [], options, (request, format) => {
    const sample = samples.get(format) ?? new RequestSample();
    samples.set(format, sample);
    sample.add(request);
  });
  return samples;
}

function pairsOf(formats: readonly FormatName[]): readonly (readonly [FormatName, FormatName])[] {
  return formats.flatMap((one, index) => formats.slice(index + 1).map((other) => [one, other] as const));
}
