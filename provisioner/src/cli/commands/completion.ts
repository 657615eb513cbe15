import { Argument, Command } from 'commander';
import { examples } from './examples.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `completion <shell>`: a script that completes nouns, verbs and options, made of the very commands that there are. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script that completes commands in your shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', examples('source <(freehold completion bash)'))
    .action((shell: Shell) => console.log(SCRIPTS[shell](wordsOf(program))));
}

/** What may come behind the words so far: `''` are the nouns, `accounts` its verbs, `accounts list` its options. */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsOf(command: Command, path = ''): Words {
  const inner = command.commands.flatMap((child) => [
    ...wordsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  ]);
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const own = [...command.commands.map((child) => child.name()), ...options, '--help'];
  return new Map([[path, own], ...inner]);
}

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: (words) => `_freehold() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local known
  while :; do
    case "$path" in
${cases(words, (path, all) => `      ${quoted(path)}) known=${quoted(all.join(' '))}; break ;;`)}
      *" "*) path="\${path% *}" ;;
      *) path="" ;;
    esac
  done
  COMPREPLY=($(compgen -W "$known" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _freehold freehold`,
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit
${SCRIPTS.bash(words)}`,
  fish: (words) =>
    cases(words, (path, all) => {
      const typed = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
      const seen = path === '' ? '__fish_use_subcommand' : typed.join('; and ');
      return `complete -c freehold -f -n ${quoted(seen)} -a ${quoted(all.join(' '))}`;
    }),
};

function cases(words: Words, line: (path: string, all: readonly string[]) => string): string {
  return [...words].map(([path, all]) => line(path, all)).join('\n');
}

function quoted(text: string): string {
  return `"${text}"`;
}
