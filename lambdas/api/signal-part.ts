/**
 * What takes signals: loaded from a file of its own with the first one, since an API that accepts jobs need not load it. A class of it is not the
 * class of the same name outside, so what is thrown here is recognised by its name.
 */
export { takeSignal } from './request/take-signal.ts';
