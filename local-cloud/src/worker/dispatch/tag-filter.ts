/** Tags a script must have or must not have. */
export type TagFilter = { tag: string; wanted: boolean }[];

/** Reads `?tags=a:yes,b:no`; a tag without `:yes` or `:no` is wanted. */
export function parseTagFilter(text: string | undefined): TagFilter {
  if (text === undefined || text === '') return [];
  return text
    .split(',')
    .map((item) => ({ tag: item.replace(/:(yes|no)$/, ''), wanted: !item.endsWith(':no') }));
}

/** Whether `tags` satisfy all of `filter`. */
export function hasTags(tags: string[], filter: TagFilter): boolean {
  return filter.every(({ tag, wanted }) => tags.includes(tag) === wanted);
}
