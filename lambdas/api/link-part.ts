/**
 * What links for signals lead to: loaded from a file of its own with the first request for one. Such a part has classes of its own, so what it throws is
 * recognised by its name.
 */
export { showLink, useLink } from './routes/links.ts';
