/** Who sends requests, as far as the user agent says. */
import type { AgentKind } from './logged-request.ts';

/** Senders of webhooks, by how their user agents start or what they say of themselves. Before the crawlers, since some are called bots. */
const webhookSenders =
  /^(?:Stripe\/1\.0|GitHub-Hookshot\/|GitLab\/|Bitbucket-Webhooks\/|Shopify-Captain-Hook|Slackbot 1\.0|TwilioProxy\/|Twilio|SendGrid|mailgun\/|Mailchimp|Postmark|PayPal|Adyen HttpClient|Square Connect|Zapier|Discord-Webhook|facebookplatform\/|facebookexternalua|WhatsApp-Business|Amazon Simple Notification Service Agent|Amazon\/EventBridge|Svix-Webhooks|PagerDuty-Webhook|Atlassian (?:HttpClient|Webhook)|HubSpot|Intercom|APIs-Google|CloudPubSub-Google|Klarna|Mollie|DocuSign|Chargebee|Recurly|Xero|Typeform|Calendly|CloudEvents)|hookshot|webhooks?\b/i;

/** Crawlers, previews of links, monitors and health checks. `cubot` makes telephones. */
const bots =
  /(?<!cu)bot(?![a-z])|crawl|spider|slurp|mediapartners|facebookexternalhit|-imgproxy|embedly|quora link preview|whatsapp\/|headlesschrome|lighthouse|pagespeed|gptbot|ccbot|scrapy|archiver|elb-healthchecker|route 53 health check|kube-probe|googlehc|consul health check|health-?check|uptime|pingdom|statuscake|site24x7|datadog\/?synthetics|newrelicpinger|catchpoint|nagios|check_http|blackbox exporter|prometheus\/|zgrab|masscan|nmap|nuclei|nikto|sqlmap|censys|internet-measurement|expanse/i;

/** Libraries of mobile apps: a program that may have a person behind it. */
const mobileApps = /^(?:okhttp|Dalvik)|CFNetwork|Alamofire|\bDart\/|React ?Native|Expo\//i;

/** Libraries and tools without a person in front of them. `undici` and `node` name themselves without a version. */
const programs =
  /^(?:axios|python|Go-http-client|curl|wget|Java|aws-|node|undici|Apache-HttpClient|Jakarta|libwww-perl|lwp|ruby|faraday|rest-client|typhoeus|http\.rb|httpx|aiohttp|urllib|guzzle|php|symfony|got\b|superagent|ky\b|reqwest|hyper|ureq|rust|restsharp|dotnet|\.net|microsoft|winhttp|powershell|postman|insomnia|httpie|hey\/|k6\/|apachebench|jmeter|vegeta|wrk|artillery|locust|gatling|boto|terraform|grpc|openai|anthropic|stripe\/|twisted|okta|spring|reactor|jersey|retrofit|feign|vert\.x|netty|akka|play|elixir|hackney|mint|finch|erlang|deno|bun\/|cpp-|libcurl|pycurl|perl|AmazonAPIGateway|delegation)|\b(?:aws-sdk|boto(?:core|3))|GuzzleHttp|HttpClient\/|Windows\s?PowerShell/i;

const maxCached = 10_000;
/** User agents that are longer are cut: what names a sender is at the front. */
const maxLength = 512;
const cache = new Map<string, AgentKind>();

/**
 * Classifies a user agent: known senders of webhooks, bots, mobile apps (`unknown`), programs, browsers, in this order.
 * @param userAgent as logged, percent escapes decoded; undefined, empty and `-` are `unknown`
 */
export function agentKindOf(userAgent: string | undefined): AgentKind {
  if (userAgent === undefined || userAgent === '' || userAgent === '-') return 'unknown';
  const text = userAgent.length > maxLength ? userAgent.slice(0, maxLength) : userAgent;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const kind = classify(text);
  if (cache.size >= maxCached) cache.clear();
  // A copy, since a part of a line would keep the whole line in memory.
  cache.set(Buffer.from(text).toString(), kind);
  return kind;
}

function classify(text: string): AgentKind {
  if (webhookSenders.test(text)) return 'webhook';
  if (bots.test(text)) return 'bot';
  if (mobileApps.test(text)) return 'unknown';
  if (programs.test(text)) return 'program';
  return text.startsWith('Mozilla/') || text.startsWith('Opera/') ? 'browser' : 'unknown';
}
