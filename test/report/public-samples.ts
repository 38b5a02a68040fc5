/** Lists the published logs that are read, and how much of each is known to be understood. */

export interface PublicSample {
  /** Registry, package and pinned version: `npm:`, `pypi:` (installed) or `pypi-source:` (its archive). */
  readonly from: string;
  readonly file: string;
  /** What of the file is logs: the first group of each match, or the match. */
  readonly pattern?: RegExp;
  /** A generator: Python that prints logs, with the package on its path. */
  readonly script?: string;
  readonly leastLines: number;
  readonly leastPercent: number;
  /** Why not all lines are understood. */
  readonly reason?: string;
}

const faker = 'pypi:faker==40.1.0 faker-observability-provider==1.1.0';
const generate = (lines: string) => `
import json
from datetime import datetime, timezone
from faker import Faker
from faker_observability import ObservabilityProvider
fake = Faker()
fake.add_provider(ObservabilityProvider)
fake.seed_instance(1)
at = datetime(2026, 1, 15, 12, 0, tzinfo=timezone.utc)
for _ in range(1000): print(${lines})`;

/** A line with a request in quotes and a status, alone or in a literal of Python or JavaScript. */
const accessLine =
  /^[ \t]*(?:(?:\w[\w. =(]*)?(?:b?'{1,3}|"))?((?:[\w.:-]+,? )+\[[^\]\n]+\] "[A-Z]+ [^\n]*? \d{3} [^\n]*?)(?:'{1,3}|\\n'?)?[,)]*$/gm;

export const publicSamples: readonly PublicSample[] = [
  { from: faker, file: '(apache_common)', script: generate("fake.log_line(fmt='apache_common')"), leastLines: 1_000, leastPercent: 100 },
  {
    from: faker,
    file: '(apache_combined)',
    script: generate("fake.log_line(fmt='apache_combined')"),
    leastLines: 1_000,
    leastPercent: 100,
  },
  {
    from: faker,
    file: '(otlp_json)',
    script: generate("json.dumps(fake.otlp_json(fake.trace(root_service='api-gateway', start_time=at)))"),
    leastLines: 1_000,
    leastPercent: 100,
  },
  {
    from: faker,
    file: '(nginx_error)',
    script: generate("fake.log_line(fmt='nginx_error')"),
    leastLines: 1_000,
    leastPercent: 0,
    reason: 'an error log holds no requests',
  },
  { from: 'npm:json-caching-proxy@1.6.1', file: 'package/test/test.har', leastLines: 50, leastPercent: 100 },
  { from: 'npm:nginxparser@2.1.0', file: 'package/test.log', leastLines: 1, leastPercent: 100 },
  { from: 'npm:clf-parser@0.0.2', file: 'package/README.md', pattern: /parse\('(.*)'\)/g, leastLines: 1, leastPercent: 100 },
  { from: 'npm:alpine@0.2.1', file: 'package/test/test_alpine.js', pattern: accessLine, leastLines: 1, leastPercent: 100 },
  {
    from: 'pypi-source:lars==1.0',
    file: 'lars-1.0/tests/test_apache.py',
    pattern: /^\S+(?:, \S+)* \S+ \S+ \[.*$/gm,
    leastLines: 6,
    leastPercent: 85,
    reason: 'a day of one digit is not in the format',
  },
  {
    from: 'pypi-source:apachedex==2.3',
    file: 'apachedex-2.3/apachedex/tests.py',
    pattern: accessLine,
    leastLines: 10,
    leastPercent: 90,
    reason: 'one line is broken on purpose',
  },
  {
    from: 'pypi-source:apache-log-parser==1.7.0',
    file: 'apache-log-parser-1.7.0/apache_log_parser/tests.py',
    pattern: /'([^'\n]*\[\d\d\/[^'\n]*HTTP\/[^'\n]*)'/g,
    leastLines: 3,
    leastPercent: 65,
    reason: 'two lines have a format of their own, with the time before the request',
  },
  {
    from: 'pypi-source:elb-log-tools==0.3.0',
    file: 'elb-log-tools-0.3.0/README.md',
    pattern: /^\d{4}-.*HTTP.*$/gm,
    leastLines: 1,
    leastPercent: 0,
    reason: 'the Classic Load Balancer has other fields',
  },
];
