import { isStaticFile } from '../../../../report/routes/static-file.ts';

it.each([
  '/app.js',
  '/a/logo.PNG',
  '/fonts/x.woff2',
  '/app.css?ver=4.8.1',
  '/app.js;jsessionid=1',
  '/favicon.ico',
  '/robots.txt',
  '/app.min.js.map',
])('%s is a static file', (path) => expect(isStaticFile(path)).toBe(true));

it.each([
  '/',
  '/orders',
  '/report.pdf',
  '/export.csv',
  '/orders/17.json',
  '/.js',
  '/v1.js/orders',
  '/page.html',
  '/index.php',
  '/search?file=a.js',
  '/a.x',
])('%s is none', (path) => expect(isStaticFile(path)).toBe(false));
