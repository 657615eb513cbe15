/** The end of a command's help: lines as they are typed, in a checkout behind `npx`. */
export function examples(...lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${[title, ...lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}`)].join('\n')}`;
}
