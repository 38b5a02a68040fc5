/** What makes places for uploads: loaded from a file of its own with the first request for one, since an API that accepts jobs need not load it. */
export { createUpload } from './routes/uploads.ts';
