export type LocalCloudErrorCode = 'DATA_DIR_IN_USE' | 'PORT_IN_USE';

/** Why a local cloud could not start, where the one who starts it can mend that. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  readonly code: LocalCloudErrorCode;

  constructor(code: LocalCloudErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
