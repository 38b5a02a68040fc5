import { defaultTimes } from '../../lambdas/config.ts';
import type { Recovery } from '../measure/benchmarks.ts';
import { heldSeconds, type PeerName } from './peers.ts';

const { leaseSeconds, graceSeconds, clockSeconds } = defaultTimes;

/** How long a lost worker's job is held, by the defaults of what is installed, and what was set in their place. */
export const holding: Readonly<Record<'Delegation' | 'Delegation, by its lease' | PeerName, Pick<Recovery, 'held' | 'set'>>> = {
  Delegation: { held: 'until the next start of the local mode, which alone has its data', set: '' },
  'Delegation, by its lease': {
    held: `a lease of ${leaseSeconds} s and a grace of ${graceSeconds} s, looked at every ${clockSeconds} s (\`lambdas/config.ts\`)`,
    set: '',
  },
  BullMQ: {
    held: '30 s, looked at every 30 s (`lockDuration`, `stalledInterval` in `bullmq/dist/cjs/classes/worker.js`)',
    set: '',
  },
  'pg-boss': {
    held: '15 minutes, looked at every 60 s (`QUEUE_DEFAULTS` in `pg-boss/dist/plans.js`, `superviseIntervalSeconds` in `pg-boss/dist/attorney.js`)',
    set: `\`expireInSeconds\` ${heldSeconds}`,
  },
  'graphile-worker': {
    held: '4 hours, looked at every 8 to 10 minutes (`graphile-worker/dist/sql/resetLockedAt.js`, `graphile-worker/dist/config.js`)',
    set: `its locks were set back, so that ${heldSeconds} s of the 4 hours were left, which no option sets; looked at every ${heldSeconds} s`,
  },
};
