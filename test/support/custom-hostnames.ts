import { vi } from 'vitest';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type CustomHostname, customHostnameSchema } from '#shared-schema/hostnames/hostname.ts';
import { type Answer, type SendOptions, send } from './send.ts';
import { accepted, untilFinished } from './sign-up.ts';

/** What an operator does with the host names of accounts. */
export class CustomHostnames {
  readonly #instance: LocalInstance;

  constructor(instance: LocalInstance) {
    this.#instance = instance;
  }

  add(account: string, hostname: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.#act('POST', `/${account}/hostnames`, { json: { hostname }, ...options });
  }

  remove(account: string, hostname: string): Promise<Answer> {
    return this.#act('DELETE', `/${account}/hostnames/${hostname}`);
  }

  async list(account: string): Promise<CustomHostname[]> {
    const { body } = await this.#act('GET', `/${account}/hostnames`);
    return customHostnameSchema.strict().array().parse(Object(body).data);
  }

  /** Adds it and waits until Cloudflare has it. */
  async addPending(account: string, hostname: string): Promise<void> {
    const { operation } = accepted(await this.add(account, hostname));
    const { status, error } = await untilFinished(this.#instance, operation.id);
    if (status !== 'succeeded') throw new Error(`${hostname} was not added: ${error?.code}`);
  }

  /** Adds it and waits until it leads to the account. */
  async addActive(account: string, hostname: string): Promise<void> {
    await this.addPending(account, hostname);
    await this.until(account, hostname, ({ status }) => status === 'active');
  }

  /** The record once it is as the predicate says. */
  until(account: string, hostname: string, isSo: (seen: CustomHostname) => boolean): Promise<CustomHostname> {
    const find = async () =>
      (await this.list(account)).find((seen) => seen.hostname === hostname && isSo(seen)) ?? false;
    return vi.waitUntil(find, { timeout: 60_000, interval: 50 });
  }

  #act(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const { url, admin_token: token } = this.#instance;
    return send(`${url}/admin/accounts${path}`, { method, token, ...options });
  }
}

/** Sends a request that comes for the host, whatever the address is. */
export function sendTo(instance: LocalInstance, host: string, path: string, options: SendOptions = {}) {
  return send(`${instance.url}${path}`, { ...options, headers: { host, ...options.headers } });
}
