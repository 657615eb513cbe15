import { ApiError } from '../api/api-error.ts';
import { checked } from '../api/read-body.ts';
import { readJsonPart } from './json-part.ts';
import { type ModuleKind, moduleKind } from './module-kinds.ts';
import { type Metadata, metadataSchema } from './script-metadata.ts';

/** A module as it was uploaded. */
export interface UploadedModule {
  name: string;
  kind: ModuleKind;
  content: ArrayBuffer;
}

/** A checked upload. */
export interface Upload {
  metadata: Metadata;
  modules: UploadedModule[];
}

/** Reads an upload: the `metadata` part and one part for each module. Refuses with `SCRIPT_INVALID`. */
export async function readUpload(form: FormData): Promise<Upload> {
  const metadata = checked(await readJsonPart(form, 'metadata'), metadataSchema, 'SCRIPT_INVALID');
  const modules: UploadedModule[] = [];
  for (const [key, part] of form.entries()) {
    if (key === 'metadata' || typeof part === 'string' || isSourceMap(part)) continue;
    // The file name counts, not the part's: what the API does with the `files` of SDK 6 (cloudflare-typescript #2799).
    const { name } = part;
    const kind = moduleKind(part.type);
    if (kind === undefined) {
      throw new ApiError(
        'SCRIPT_INVALID',
        `Module '${name}' has the unsupported content type '${part.type}'.`,
      );
    }
    modules.push({ name, kind, content: await part.arrayBuffer() });
  }
  const main = modules.find((module) => module.name === metadata.main_module);
  if (main === undefined) {
    throw new ApiError(
      'SCRIPT_INVALID',
      `No such module "${metadata.main_module}", which is set as main_module.`,
    );
  }
  if (main.kind !== 'js') {
    throw new ApiError(
      'SCRIPT_INVALID',
      `The main module must have the content type application/javascript+module.`,
    );
  }
  return { metadata, modules };
}

function isSourceMap(part: File): boolean {
  return part.type.startsWith('application/source-map');
}
