/** Letters that Unicode does not take apart into a plain one and a mark, as people type them without. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/**
 * The words of a text as they are searched for: lower case, without accents and apostrophes, each once. `Zoë O’Brien-Smith`
 * gives `zoe`, `obrien`, `smith`.
 */
export function searchWords(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\p{M}'’ʼ]/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    // Lower-casing can leave a mark of its own behind: İ becomes i and a dot.
    .replace(/\p{M}/gu, '');
  return [...new Set(folded.match(/[\p{L}\p{N}]+/gu) ?? [])];
}
