import type { AccountWorkerSettings, WorkerBinding } from '../cloudflare/worker-answers.ts';
import { isPublicKeySet } from '../steps/account-worker-facts.ts';

/** Of each text that an account Worker is bound with, whether a value is of the public kind that belongs there. */
const PUBLIC_TEXTS: Readonly<Record<string, (text: string) => boolean>> = {
  STACK_ID: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  RELEASE_ID: (text) => /^[0-9a-f]{16}$/.test(text),
  PLATFORM_ISSUER: isPlainAddress,
  PLATFORM_KEYS: isPublicKeySet,
};

/** Kinds of bindings that hand the code a text or bytes. What others lead to is told as a difference of the bindings. */
const HOLDS_TEXT: ReadonlySet<string> = new Set([
  'secret_text',
  'secret_key',
  'secrets_store_secret',
  'json',
  'text_blob',
  'data_blob',
]);

/**
 * The bindings that are secrets, or texts that may be: no account Worker needs one, and its code reads whatever it is bound
 * with. `<type> <name>` each, never the value.
 */
export function secretBindings({ bindings }: AccountWorkerSettings): string[] {
  return bindings.filter(isSecret).map(({ type, name }) => `${type} ${name}`);
}

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}

function isSecret({ type, name, text }: WorkerBinding): boolean {
  if (type !== 'plain_text') return HOLDS_TEXT.has(type);
  return !(PUBLIC_TEXTS[name]?.(text ?? '') ?? false);
}
