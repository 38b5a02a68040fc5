/** Mutants of signals, and of the waits that they end. */
import { change, type Mutant } from './mutant-places.ts';

export const signalMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'a signal sends no wake-up': change('if (wake !== undefined) await wakeAtOnce(written, queues);', ''),
  'a signal does not end the wait': change("if (status !== 'waiting' || pendingOutcome !== undefined)", "if (status !== 'queued')"),
  'a job suspends itself over a signal that has just come': [
    change('if ((this.record.notices ?? 0) !== seenNotices) return undefined;', ''),
    change('...(notices === undefined ? {} : { notices })', ''),
  ],
  'what a heartbeat brought counts as seen': change(
    'if ((this.record.notices ?? 0) !== seenNotices) return undefined;\n      const written = await this.writeNow(makePatch(this.job), seenNotices);',
    'const written = await this.writeNow(makePatch(this.job), this.record.notices ?? 0);',
  ),
  'a signal is received twice': change('signals?.[this.journal.receivedSignals(name)]?.payload', 'signals?.[0]?.payload'),
  'the latest signal is received first': change(
    'signals?.[this.journal.receivedSignals(name)]?.payload',
    'signals?.toReversed()[this.journal.receivedSignals(name)]?.payload',
  ),
  'a repeated signal is kept again': change(
    'const known = signals.find((one) => one.id === id);',
    'const known = signals.find((one) => one.id === one.name);',
  ),
  'a signal replaces the ones before': change('signals: [...(job.signals ?? []), signal]', 'signals: [signal]'),
  'a signal that comes before its wait is lost': change(
    'if (isTerminal(current.status)) return',
    "if (current.status !== 'waiting') return",
  ),
  'a link may be used twice': [
    change("if (link !== undefined) return signalIdOfLink(job.links?.[link]?.tokenHash ?? '');", ''),
    change("if (own !== undefined) return { reason: 'used', signal: own };", ''),
    change('index < signal.link.of &&', 'index !== signal.link.index && index < signal.link.of &&'),
  ],
  'both of two alternatives may be used': change("if (other !== undefined) return { reason: 'other-used', signal: other };", ''),
  'a link never expires': change('nowMs >= link.expiresAtMs ?', 'nowMs < 0 ?'),
  'a link replaces the ones before': change('links.push(made)', 'links.splice(0, 9, made)'),
  'a link is written with the save that made it alone': [
    change('...(links.length === 0 ? {} : { links: [...links] }),', ''),
    change('links.push(made); return {};', 'return { links: [...(session.job.links ?? []), made] };'),
  ],
  'each run of the code makes another link': change('if (known !== undefined) return addressOf(parts, known.value);', ''),
  'the address of a link is not hidden': change('for (const token of linkTokens(session.job.journal)) session.redactToken(token);', ''),
  'a look at a link uses it': change('export { showLink, useLink } from', 'export { useLink as showLink, useLink } from'),
  "a signal's time-out is forgotten": change('journal.storeTime(call, sinceMs);\n    const reason = { code: ', 'const reason = { code: '),
};
