import type { ReleaseBundle, ReleaseModule } from '#shared-schema/releases/release.ts';
import { moduleContent } from '#shared-schema/releases/worker-size.ts';

export interface AccountWorkerUpload {
  readonly name: string;
  readonly bundle: ReleaseBundle;
  readonly databaseId: string;
  /** Plain texts by binding name. Never a secret: an account Worker holds its database and public facts, nothing else. */
  readonly texts: Readonly<Record<string, string>>;
  /** At most 8 (developers.cloudflare.com/cloudflare-for-platforms, November 2026). */
  readonly tags: readonly string[];
}

const CONTENT_TYPES: Readonly<Record<ReleaseModule['type'], string>> = {
  esm: 'application/javascript+module',
  text: 'text/plain',
  wasm: 'application/wasm',
};

/**
 * The multipart body of a script upload: `metadata` as JSON and a part per module. The SDK's own `scripts.update` sends
 * the metadata as loose fields and another content type (cloudflare 7.3.0), which is not the documented form.
 */
export function accountWorkerForm(upload: AccountWorkerUpload): FormData {
  const { bundle } = upload;
  const form = new FormData();
  const metadata = {
    main_module: bundle.main_module,
    compatibility_date: bundle.compatibility_date,
    compatibility_flags: bundle.compatibility_flags,
    bindings: [
      { type: 'd1', name: 'DB', database_id: upload.databaseId },
      ...Object.entries(upload.texts).map(([name, text]) => ({ type: 'plain_text', name, text })),
    ],
    tags: upload.tags,
    observability: { enabled: true },
  };
  form.set('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
  for (const module of bundle.modules) {
    form.set(
      module.name,
      new File([moduleContent(module)], module.name, { type: CONTENT_TYPES[module.type] }),
    );
  }
  return form;
}
