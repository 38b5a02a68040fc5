import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { resolveName } from '../../../lambdas/webhook/webhook-network.ts';

type Answer = readonly string[] | 'no such name' | 'server failure' | 'silence';
type Zone = Readonly<Record<'A' | 'AAAA', Answer>>;
const open: Socket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

/** A server of DNS (RFC 1035) that answers every name in the same way. @returns a resolver that asks it, and what it was asked */
async function resolverOf(zone: Zone): Promise<{ resolver: Resolver; asked: string[] }> {
  const socket = createSocket('udp4');
  open.push(socket);
  const asked: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const type = question.readUInt16BE(question.length - 4) === 1 ? 'A' : 'AAAA';
    asked.push(
      `${question
        .subarray(1, -5)
        .toString('latin1')
        .replace(/[^a-z0-9-]/g, '.')} ${type}`,
    );
    const answer = zone[type];
    if (answer !== 'silence') socket.send(replyTo(query, question, answer), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver({ timeout: 300, tries: 2 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return { resolver, asked };
}

function replyTo(query: Buffer, question: Buffer, answer: Exclude<Answer, 'silence'>): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (answer === 'no such name' ? 3 : answer === 'server failure' ? 2 : 0), 2);
  for (const [at, count] of [1, addresses.length, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * at);
  const records = addresses.map((address) => {
    const data = isIPv6(address)
      ? Buffer.from(
          address
            .split(':')
            .map((group) => group.padStart(4, '0'))
            .join(''),
          'hex',
        )
      : Buffer.from(address.split('.').map(Number));
    return Buffer.concat([Buffer.from([0xc0, 12]), question.subarray(-4), Buffer.from([0, 0, 0, 0, 0, data.length]), data]);
  });
  return Buffer.concat([header, question, ...records]);
}

const unending = new AbortController().signal;
const v6 = '2001:db8:0:0:0:0:0:1';

it.each<[string, Zone, readonly string[]]>([
  ['IPv4 alone', { A: ['192.0.2.1'], AAAA: [] }, ['192.0.2.1']],
  ['IPv6 alone', { A: [], AAAA: [v6] }, ['2001:db8::1']],
  ['several of both', { A: ['192.0.2.1', '10.0.0.1'], AAAA: [v6] }, ['192.0.2.1', '10.0.0.1', '2001:db8::1']],
  ['IPv4, and a server that fails at IPv6', { A: ['192.0.2.1'], AAAA: 'server failure' }, ['192.0.2.1']],
  ['IPv4, and a server that never answers for IPv6', { A: ['192.0.2.1'], AAAA: 'silence' }, ['192.0.2.1']],
])('finds all addresses of a name: %s', async (_, zone, addresses) => {
  const { resolver } = await resolverOf(zone);
  expect(await resolveName('hooks.example.com', unending, resolver)).toEqual(addresses);
});

it('asks for the name as it is written, with no search domain', async () => {
  const { resolver, asked } = await resolverOf({ A: 'no such name', AAAA: 'no such name' });
  await expect(resolveName('hooks.example.com', unending, resolver)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(asked.sort()).toEqual(['hooks.example.com A', 'hooks.example.com AAAA']);
});

it.each<[string, Zone, string]>([
  ['without addresses', { A: [], AAAA: [] }, 'ENODATA'],
  ['whose server fails', { A: 'server failure', AAAA: 'server failure' }, 'ESERVFAIL'],
  ['whose server is silent', { A: 'silence', AAAA: 'silence' }, 'ETIMEOUT'],
])('rejects a name %s', async (_, zone, code) => {
  const { resolver } = await resolverOf(zone);
  await expect(resolveName('hooks.example.com', unending, resolver)).rejects.toMatchObject({ code });
});

it('stops asking when its caller stops', async () => {
  const { resolver } = await resolverOf({ A: 'silence', AAAA: 'silence' });
  const startedMs = performance.now();
  await expect(resolveName('hooks.example.com', AbortSignal.timeout(50), resolver)).rejects.toMatchObject({ code: 'ECANCELLED' });
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
