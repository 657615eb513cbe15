import { Command } from 'commander';
import type { AccountTags } from '#shared-schema/accounts/account-tags.ts';
import { connect } from '../connect.ts';
import { printRecord } from '../output/print.ts';
import { examples } from './examples.ts';

/** `accounts tag <account> [tag...]`: shows the tags, or sets them. */
export function tagCommand(): Command {
  return new Command('tag')
    .description('show the tags of an account, or set them: rollouts can be for those with a tag')
    .argument('<slug-or-id>')
    .argument('[tags...]', 'all the tags that it has from now on')
    .option('--none', 'take all its tags away')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('freehold accounts tag hart pilot london', 'freehold accounts tag hart --none'),
    )
    .action(async (account: string, tags: string[], options: { none?: boolean; json?: boolean }) => {
      const path = `/admin/accounts/${encodeURIComponent(account)}/tags`;
      const platform = connect();
      const now =
        tags.length === 0 && !options.none
          ? await platform.get<AccountTags>(path)
          : await platform.send<AccountTags>('PUT', path, { tags });
      printRecord(options.json ? now : { tags: now.tags.join(', ') || 'none' }, options);
    });
}
