/** What the API says of itself: loaded from a file of its own when it is asked for, since an API that accepts jobs need not load it. */
export { openApiDocument } from './openapi/document.ts';
export { jsonSchemasOf } from './resources/json-schemas.ts';
export { problemPage } from './resources/problem-page.ts';
export { describeMade, describeValid } from './resources/validation.ts';
