import { agentKindOf } from '../../../../report/read/agent-kind.ts';
import { outcomeOf, statusOf } from '../../../../report/read/outcome.ts';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0', 'browser'],
  ['Mozilla/5.0 (Linux; Android 7.0; CUBOT X18) Chrome/100', 'browser'],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot'],
  ['Mozilla/5.0 (compatible; GPTBot/1.0)', 'bot'],
  ['ELB-HealthChecker/2.0', 'bot'],
  ['Slackbot-LinkExpanding 1.0', 'bot'],
  ['Slackbot 1.0 (+https://api.slack.com/robots)', 'webhook'],
  ['GitHub-Hookshot/044aadd', 'webhook'],
  ['Stripe/1.0 (+https://stripe.com/docs/webhooks)', 'webhook'],
  ['Shopify-Captain-Hook', 'webhook'],
  ['Delegation-Webhooks', 'webhook'],
  ['Stripe/v1 NodeBindings/20.0.0', 'program'],
  ['python-requests/2.32', 'program'],
  ['aws-sdk-js/3.0', 'program'],
  ['curl/8.7.1', 'program'],
  ['okhttp/4.12.0', 'unknown'],
  ['Shop/7 CFNetwork/1498 Darwin/23', 'unknown'],
  ['Dalvik/2.1.0 (Linux; U; Android 14)', 'unknown'],
  ['Amazon CloudFront', 'unknown'],
  ['-', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('takes %s for a %s', (userAgent, kind) => expect(agentKindOf(userAgent)).toBe(kind));

it.each([
  [200, 'ok'],
  [101, 'ok'],
  [302, 'redirect'],
  [404, 'rejected'],
  [408, 'rejected'],
  [429, 'throttled'],
  [460, 'hangup'],
  [499, 'hangup'],
  [0, 'hangup'],
  [500, 'failed'],
  [504, 'timeout'],
  [561, 'rejected'],
  [700, 'unknown'],
  [undefined, 'unknown'],
])('reads the status %s as %s', (status, outcome) => expect(outcomeOf(status)).toBe(outcome));

it('reads what is known better', () => expect(outcomeOf(503, 'timeout')).toBe('timeout'));

it.each([
  ['200', 200],
  ['000', 0],
  ['-', undefined],
  ['2000', undefined],
  [' 200', undefined],
  [undefined, undefined],
])('reads "%s" as the status %s', (text, status) => expect(statusOf(text)).toBe(status));
