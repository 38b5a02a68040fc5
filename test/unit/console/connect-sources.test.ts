import { withConnectSources } from '../../../lambdas/console/connect-sources.ts';

const policy = "default-src 'none'; connect-src 'self'; base-uri 'none'";

it('lets the page call these origins as well, and keeps the rest', () => {
  const headers = withConnectSources(
    { 'content-security-policy': policy, 'x-frame-options': 'DENY' },
    'https://a.example https://b.example',
  );
  expect(headers).toEqual({
    'content-security-policy': "default-src 'none'; connect-src 'self' https://a.example https://b.example; base-uri 'none'",
    'x-frame-options': 'DENY',
  });
});

it.each([[{}], [{ 'content-security-policy': "default-src 'none'" }], [{ 'content-security-policy': 'connect-src *' }]])(
  'refuses %j, which does not limit what the page may call',
  (headers) => expect(() => withConnectSources(headers, 'https://a.example')).toThrow("has no connect-src 'self'"),
);
