/** The pages of a link that sends a signal, for people: complete in themselves, without scripts. */
import { createHash } from 'node:crypto';
import type { SignalLinkResource } from '../openapi/resource-schemas.ts';
import type { LinkField } from './link-fields.ts';

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}' +
  'pre{padding:.75rem;background:#f2f2f2;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}' +
  'input,select{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}' +
  'button{font:inherit;padding:.6rem 1.5rem;color:#fff;background:#0b5394;border:0;border-radius:.25rem;cursor:pointer}' +
  'small{color:#595959}';
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * What every answer about a link has. Nothing of it is kept, indexed or framed, its address is named to no other site, and the page loads nothing,
 * runs nothing and sends its form to its own origin alone.
 */
export const linkHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  vary: 'accept',
};

/** @returns the page that asks whether to send @param fields what its form asks for; undefined where a form cannot */
export function offerPage(link: SignalLinkResource, fields: readonly LinkField[] | undefined): string {
  const { description, expiresAt, label } = link;
  const form =
    fields === undefined
      ? '<p>This signal needs content that this page cannot ask for. Send it with <code>POST</code> to this address, as JSON.</p>'
      : `<form method="post">${fields.map(inputOf).join('')}<button>${escaped(label ?? 'Send')}</button></form>`;
  return page(label === null ? 'Send a signal?' : `${label}?`, [
    sentenceOf(link, 'sends'),
    `<p>${escaped(description)}</p>`,
    payloadOf(link),
    form,
    `<p><small>Nothing has been sent yet. The link works once, until ${timeOf(expiresAt)}.</small></p>`,
  ]);
}

/** @returns the page that says that it was sent */
export function sentPage(link: SignalLinkResource): string {
  return page('Sent', [
    sentenceOf(link, 'has sent'),
    payloadOf(link),
    '<p><small>The link works no more. You can close this page.</small></p>',
  ]);
}

/** @returns the page about what is wrong */
export function problemPage(title: string, detail: string): string {
  return page(title, [`<p>${escaped(detail)}</p>`]);
}

function inputOf(field: LinkField): string {
  const name = escaped(field.name);
  const required = field.isRequired ? ' required' : '';
  return `<p><label>${name}<br>${controlOf(field, `name="${name}"${required}`)}</label></p>`;
}

function controlOf(field: LinkField, attributes: string): string {
  switch (field.kind) {
    case 'text':
      return `<input ${attributes}${field.maxLength === undefined ? '' : ` maxlength="${field.maxLength}"`}>`;
    case 'number':
      return `<input type="number" step="any" ${attributes}>`;
    case 'flag':
      return selectOf(attributes, [
        ['', ''],
        ['true', 'yes'],
        ['false', 'no'],
      ]);
    case 'choice':
      return selectOf(attributes, [['', ''], ...field.choices.map((choice) => [choice, choice] as const)]);
  }
}

function selectOf(attributes: string, options: readonly (readonly [value: string, text: string])[]): string {
  const written = options.map(([value, text]) => `<option value="${escaped(value)}">${escaped(text)}</option>`);
  return `<select ${attributes}>${written.join('')}</select>`;
}

function sentenceOf({ signal, jobType }: SignalLinkResource, verb: string): string {
  return `<p>This link ${verb} the signal <b>${escaped(signal)}</b> to a job of the type <b>${escaped(jobType)}</b>.</p>`;
}

function payloadOf({ payload }: SignalLinkResource): string {
  return payload === null ? '' : `<pre>${escaped(JSON.stringify(payload, undefined, 2))}</pre>`;
}

function timeOf(iso: string): string {
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

function page(title: string, parts: readonly string[]): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escaped(title)}</h1>${parts.join('')}</body></html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
