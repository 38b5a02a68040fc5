import { createHash } from 'node:crypto';
import type { DelegationReport } from '../../../report/delegation-report.ts';
import { htmlReport } from '../../../report/show/html-report.ts';
import { emptyReport, sampleReport } from '../../report/sample-report.ts';
import { type Element, elementsIn, readMarkup, textOf } from '../../report/strict-markup.ts';

const page = htmlReport(sampleReport);
const elements = elementsIn(readMarkup(page));
const named = (name: string, within: readonly Element[] = elements) => within.filter((element) => element.name === name);
const classes = ({ attributes }: Element) => (attributes['class'] ?? '').split(' ');
const sectionOf = (rank: number) => elements.find(({ attributes }) => attributes['id'] === `endpoint-${rank}`) ?? readMarkup('');

const withCapacity = (replay: DelegationReport['service']['replay']): DelegationReport => ({
  ...sampleReport,
  service: { ...sampleReport.service, replay },
});

/** The report as it would be with other endpoints in it, ranked from 1. */
const withEndpoints = (endpoints: DelegationReport['endpoints']): DelegationReport => ({
  ...sampleReport,
  endpoints: endpoints.map((endpoint, i) => ({ ...endpoint, rank: i + 1 })),
});

const kept = sampleReport.endpoints.filter(({ verdict }) => verdict === 'keep');

const opening = (report: DelegationReport) => {
  const found = elementsIn(readMarkup(htmlReport(report))).find((element) => classes(element).includes('opening'));
  return textOf(found ?? readMarkup('')).replaceAll('\u00a0', ' ');
};

/** One step, one bar, one point, and zeros. */
const atItsEdges: DelegationReport = {
  ...withEndpoints(
    sampleReport.endpoints.slice(0, 2).map((endpoint) => ({
      ...endpoint,
      freed: { peak: 0, p99Minute: 0, mean: 0, shareOfBusyMinutes: 0, peakRatio: null },
      waitMs: { p50: [0, 0, 0], p95: [0, 0, 0], p99: null, mean: 0 },
      waitHistogram: [{ fromMs: 0, toMs: 1, requests: 1 }],
      patience: { curve: [{ seconds: 0, waiting: [1, 1, 1] }], quarterGoneSeconds: 0, clientTimeoutSeconds: 0 },
      outcomes: { ok: 0 },
    })),
  ),
  service: {
    ...sampleReport.service,
    peakHeld: 0,
    delegableShareOfBusyMinutes: 0,
    replay: null,
    timeline: {
      from: '2026-11-02T00:00:00Z',
      stepMinutes: 1,
      total: [0],
      withoutDelegable: [0],
      endpoints: [{ endpoint: 'GET /', held: [0] }],
    },
  },
};

describe('a page that is safe to open', () => {
  it.each([
    ['the sample', sampleReport],
    ['an empty report', emptyReport],
    ['endpoints to keep alone', withEndpoints(kept)],
    ['forty endpoints', withEndpoints([1, 2, 3, 4, 5].flatMap(() => sampleReport.endpoints))],
    ['one of everything, and zeros', atItsEdges],
    ['no capacity', withCapacity(null)],
    ['a capacity far above', withCapacity({ capacity: 1000, before: { busy: 0.02, waitMs: 0 }, after: { busy: 0.01, waitMs: 0 } })],
  ])('is well-formed, without a value that is not a number, for %s', (_, report) => {
    const text = htmlReport(report);
    const all = elementsIn(readMarkup(text));
    expect(text).not.toMatch(/NaN|Infinity|undefined|\bnull\b|\[object/);
    const ids = all.flatMap(({ attributes }) => attributes['id'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = all.flatMap(({ attributes }) => attributes['href'] ?? []).filter((href) => href.startsWith('#'));
    expect(targets.filter((href) => !ids.includes(href.slice(1)))).toEqual([]);
  });

  it('is the same to the byte for the same report', () => expect(htmlReport(structuredClone(sampleReport))).toBe(page));

  it('has a policy that lets nothing load and one style sheet apply: the one that it has', () => {
    const [policy] = elements.filter(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
    const [style] = /(?<=<style>)[\s\S]*(?=<\/style>)/.exec(page) ?? [''];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy?.attributes['content']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(named('style')).toHaveLength(1);
  });

  it('has no script, no style attribute, no handler, and no element that loads', () => {
    const forbidden = ['script', 'img', 'iframe', 'object', 'embed', 'form', 'base', 'image', 'use', 'em'];
    expect(elements.filter(({ name }) => forbidden.includes(name)).map(({ name }) => name)).toEqual([]);
    const attributes = elements.flatMap((element) => Object.entries(element.attributes));
    expect(attributes.filter(([name]) => name === 'style' || name.startsWith('on') || name.startsWith('xmlns'))).toEqual([]);
    expect(attributes.filter(([name, value]) => ['src', 'href'].includes(name) && !/^(?:#|data:,$)/.test(value))).toEqual([]);
    const [style = ''] = named('style').map(textOf);
    expect(style).not.toMatch(/url\(|@import|http/);
  });

  it('shows hostile names as text, in tables, headings and pictures', () => {
    const hostile = 'POST /v1/<script>alert("x")</script>/{id}';
    expect(textOf(sectionOf(4))).toContain(hostile);
    expect(named('a').some((link) => textOf(link) === hostile)).toBe(true);
    expect(named('text').map(textOf).join(' ')).toContain('4 POST /v1/<script>alert("x")</scri…');
    expect(textOf(sectionOf(4))).toContain('\\u{202E}when\\u{202C}');
    expect(page).not.toContain('\u202E');
  });
});

describe('a page that says what to discuss', () => {
  it('names the first endpoint, why, what changes, and asks its question', () => {
    expect(opening(sampleReport)).toContain('Discuss POST /v1/reports first.');
    expect(opening(sampleReport)).toContain('Because 74 % come back later; 1.9 % hit 60 s.');
    expect(opening(sampleReport)).toContain('80 % busy others wait 105 ms');
    expect(opening(sampleReport)).toContain('55 % busy others wait under 1 ms');
    expect(opening(sampleReport)).toContain('who could not go on?');
  });

  it('counts requests in progress where the capacity is not known', () =>
    expect(opening(withCapacity(null))).toMatch(/19 requests in progress.*12 requests in progress: 39 % fewer/));

  it('passes over an endpoint whose owner has answered for good', () => {
    const [first, ...others] = sampleReport.endpoints;
    const entry = { endpoint: first?.endpoint ?? '', answer: 'delegate', because: 'It may be late.' } as const;
    const answered = first === undefined ? [] : [{ ...first, answered: { entry, isDue: false, contradictions: [] } }];
    expect(opening({ ...sampleReport, endpoints: [...answered, ...others] })).toContain('Discuss POST /hooks/');
  });

  it('says so where there is nothing to discuss, and where there is nothing at all', () => {
    expect(opening(withEndpoints(kept))).toContain('Nothing to discuss');
    expect(opening(emptyReport)).toContain('these logs hold no request');
  });

  it('has ten rows at first, and the others behind a summary', () => {
    const many = withEndpoints([...sampleReport.endpoints.slice(0, 6), ...sampleReport.endpoints.slice(0, 6)]);
    const tables = named('table', elementsIn(readMarkup(htmlReport(many))));
    const rows = (table: Element | undefined) => (table === undefined ? 0 : named('tr', elementsIn(table)).length - 1);
    expect(tables.slice(0, 2).map(rows)).toEqual([10, 2]);
  });

  it('adds up to the score: the points of the rules that fired', () => {
    const points = elementsIn(sectionOf(8)).filter((element) => element.name === 'td' && classes(element).includes('number'));
    expect(points.map(textOf)).toEqual(['Points+1', 'Points−2', 'Points−2']);
    expect(textOf(sectionOf(8))).toContain('Why this verdict: score −3');
  });
});

describe('a page that everybody can read', () => {
  it('gives each plot its title, its words and its numbers in a table', () => {
    const figures = named('figure').filter((figure) => classes(figure).includes('plot'));
    expect(figures.length).toBeGreaterThan(10);
    for (const figure of figures) {
      const parts = elementsIn(figure);
      const pictures = named('svg', parts).filter((svg) => svg.attributes['role'] === 'img');
      expect(pictures.length).toBeGreaterThan(0);
      for (const picture of pictures)
        expect(picture.children.slice(0, 2).map((child) => (child as Element).name)).toEqual(['title', 'desc']);
      expect(named('table', named('details', parts).flatMap(elementsIn))).toHaveLength(1);
    }
  });

  it('names each table and says which cells are headings', () => {
    for (const table of named('table')) expect(named('caption', elementsIn(table))).toHaveLength(1);
    expect(named('th').filter(({ attributes }) => !['col', 'row'].includes(attributes['scope'] ?? ''))).toEqual([]);
  });

  it('leaves out no level of headings', () => {
    const levels = elements.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? Number(name[1]) : []));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
  });

  it('keeps every part of a picture inside it', () => {
    const pictures = named('svg').filter((svg) => svg.attributes['role'] === 'img');
    for (const picture of pictures) {
      const [, , width = 0, height = 0] = (picture.attributes['viewBox'] ?? '').split(' ').map(Number);
      for (const { name, attributes } of elementsIn(picture).filter(({ name }) => ['text', 'line', 'rect', 'circle'].includes(name))) {
        const across = ['x', 'x1', 'x2', 'cx'].flatMap((key) => (attributes[key] === undefined ? [] : Number(attributes[key])));
        const down = ['y', 'y1', 'y2', 'cy'].flatMap((key) => (attributes[key] === undefined ? [] : Number(attributes[key])));
        const isInside = across.every((value) => value >= 0 && value <= width) && down.every((value) => value >= 0 && value <= height);
        expect([name, isInside, attributes]).toEqual([name, true, attributes]);
      }
    }
  });
});
