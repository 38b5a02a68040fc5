/**
 * What groups need: loaded from a file of its own with the first request about one. Such a part has classes of its own, so what it throws, and what is
 * thrown at it, is recognised by its name.
 */
export { cancelGroup, createGroup, listMembers, sealRoute, showGroup } from './routes/groups.ts';
export { submitToGroup } from './routes/submit-to-group.ts';
