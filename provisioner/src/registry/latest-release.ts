/** An SQL expression for the id of the release that new stacks get, null where none is published. */
export const LATEST_RELEASE = '(SELECT id FROM releases ORDER BY current_since DESC, id DESC LIMIT 1)';
