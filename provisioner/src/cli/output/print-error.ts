import { CliError } from '../cli-error.ts';

/** Writes to standard error what went wrong and what to do next. As JSON where the command was asked for JSON. */
export function printError(thrown: unknown, asJson: boolean): void {
  const error =
    thrown instanceof CliError
      ? thrown
      : new CliError({
          code: 'UNEXPECTED',
          message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
        });
  process.stderr.write(`${asJson ? toJson(error) : toText(error)}\n`);
}

function toJson({ code, message, context, next, requestId }: CliError): string {
  return JSON.stringify({ error: { code, message, context, next, request_id: requestId } });
}

function toText(error: CliError): string {
  const lines = [`${error.code}: ${error.message}`];
  for (const { field, message } of fieldProblems(error.context)) lines.push(`  ${field}: ${message}`);
  for (const [name, value] of plainValues(error.context)) lines.push(`  ${name}: ${value}`);
  if (error.requestId) lines.push(`  request id: ${error.requestId}`);
  if (error.next) lines.push(`Next: ${error.next}`);
  return lines.join('\n');
}

/** What the error names: ids, sizes, limits, and what would be allowed. */
function plainValues(context: CliError['context']): [string, unknown][] {
  return Object.entries(context).flatMap(([name, value]): [string, unknown][] => {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
      return [[name, value.join(', ')]];
    return ['string', 'number'].includes(typeof value) ? [[name, value]] : [];
  });
}

function fieldProblems(context: CliError['context']): { field: string; message: string }[] {
  return Array.isArray(context.fields) ? context.fields : [];
}
