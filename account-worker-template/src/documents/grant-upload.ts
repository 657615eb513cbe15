import { encodeFileGrant, FILE_GRANT_HEADER, fileFactsSchema } from '#shared-schema/files/file-grant.ts';

const uploadAnswer = fileFactsSchema.pick({ content_type: true, size: true, sha256: true }).extend({
  upload: fileFactsSchema.pick({ document_id: true, version_id: true }),
});

/**
 * Grants the upload that the answer speaks of, and the platform adds the signed URL to it. The URL is not part of the
 * answer that an Idempotency-Key keeps: it opens something, and a replay needs a new one.
 */
export async function grantUpload(answer: Response): Promise<Response> {
  const { upload, ...facts } = uploadAnswer.parse(await answer.clone().json());
  const grant = encodeFileGrant({ action: 'upload', name: null, ...upload, ...facts });
  answer.headers.set(FILE_GRANT_HEADER, grant);
  return answer;
}
