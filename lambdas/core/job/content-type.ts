/** A content type is a header's value, of an upload and of a download. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
export const contentTypeForm = /^[!-~]+\/[!-~]+(?:; ?[!-~][ -~]*)?$/;
export const maxContentTypeLength = 200;
