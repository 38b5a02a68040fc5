/**
 * What acts on many jobs: loaded from a file of its own with the first request for that, since an API that accepts jobs need not load it. Such a part has
 * classes of its own, so what it throws is recognised by its name.
 */
export { bulkCancelRoute, redriveRoute } from './routes/bulk.ts';
