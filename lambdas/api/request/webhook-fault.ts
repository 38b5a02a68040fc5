/** What is wrong with the URL of a webhook, as far as that shows without DNS. */
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { checkWebhookUrl, maxWebhookUrlLength } from '../../webhook/webhook-url.ts';

/** @returns the fault, for the caller; undefined where there is none, or the schema of the member names it */
export function faultOfWebhook(url: unknown, { webhooks }: Settings): string | undefined {
  if (typeof url !== 'string' || url === '' || url.length > maxWebhookUrlLength) return undefined;
  if (webhooks === undefined) return 'must be left out: the setting `webhooks` of the deployment is off';
  const { allowedHosts, allowsLoopback = false } = webhooks;
  const target = checkWebhookUrl(url, { allowedHosts, allowsLoopback });
  return target.kind === 'refused' ? target.message : undefined;
}
