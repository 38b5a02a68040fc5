/** A worker of a peer in a process of its own, for `measure-recovery.ts`: the name of the peer, and where its server is. */
import { type PeerName, peers } from './peers.ts';

const [peer, server = ''] = process.argv.slice(2);
await (await peers[peer as PeerName](server)).work();
console.log('The worker is ready.');
