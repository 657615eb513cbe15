/** The name by which an account is asked for. What is a slug is never taken for a hostname, nor the other way round. */
export interface RouteName {
  readonly by: 'slug' | 'hostname';
  readonly name: string;
}

/** As a key of a map: no two names have the same. */
export function routeKey({ by, name }: RouteName): string {
  return `${by} ${name}`;
}
