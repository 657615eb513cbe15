/** The kinds of module a script may hold, named as the Worker Loader names them. */
export const MODULE_KINDS = ['js', 'cjs', 'text', 'data', 'wasm', 'json'] as const;

/** One of {@link MODULE_KINDS}. */
export type ModuleKind = (typeof MODULE_KINDS)[number];

const KIND_BY_CONTENT_TYPE: Record<string, ModuleKind> = {
  'application/javascript+module': 'js',
  'text/javascript+module': 'js',
  'application/javascript': 'cjs',
  'text/javascript': 'cjs',
  'text/plain': 'text',
  'application/octet-stream': 'data',
  'application/wasm': 'wasm',
  'application/json': 'json',
};

/** The kind of module a part of this content type holds, or undefined. Parameters such as charset are ignored. */
export function moduleKind(contentType: string): ModuleKind | undefined {
  return KIND_BY_CONTENT_TYPE[contentType.split(';')[0]?.trim().toLowerCase() ?? ''];
}

/** The content type a module of this kind is uploaded with. */
export function contentTypeOf(kind: ModuleKind): string {
  return (
    Object.entries(KIND_BY_CONTENT_TYPE).find(([, value]) => value === kind)?.[0] ??
    'application/octet-stream'
  );
}
