import { readPage, readPages } from './documentation/fixtures/pages.js';
import { readSources, type Source } from './support/sources.js';

/** Words of a private language that this code had once, each with the term of the field. */
const LEFT_BEHIND: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, '"again", "new", or the verb: "refetch", "reopen"'],
  [/\bbites?\b/i, '"takes effect"'],
  [/\bwhoever\b/i, 'the one that is meant: "a caller", "a client", "a request"'],
  [/\bletter by letter\b/i, '"exactly" or "as exact strings"'],
  [/\b(?:cannot|to) be had\b/i, '"is unavailable"'],
  [/\bis mended\b/i, '"is fixed" or "recovers"'],
  [/\bnor (?:does|is|do|are)\b/i, 'a sentence of its own, with "not"'],
  [/\bgo(?:es)? on (?:with the|using|publishing|being)\b/i, '"continues" or "keeps"'],
  [/\b(?:keys?|database|store|server|something|endpoint)s? (?:is|are) away\b/i, '"is unavailable"'],
  [/\b(?:an|the|each|its) answers?\b/i, '"response"'],
  [/\bas good as absent\b/i, '"counts as absent"'],
  [/\b(?:is|are) good no more\b/i, '"is no longer valid"'],
  [/\bhears of\b/i, '"is called for" or "receives"'],
  [/\bnobody knows (?:whether|of)\b/i, '"it is unknown whether"'],
  [/\btokens? (?:is|are) believed\b/i, '"is accepted"'],
  [/\bcome to, (?:as|for)\b/i, 'what the function does: "Formats the result"'],
  [/\bthereby\b/i, '"so" or "by that"'],
  [/\bforetold\b/i, '"expected"'],
  [/\bdoorkeeper\b|\bat the door\b/i, '"admission filter"'],
  [/\bpatience\b/i, '"timeout"'],
  [/\bstaleness(?!Ms)\b/, '"maxStalenessMs" for the option, "age" for the value'],
  [/\bnamed? for nobody\b|\bis nobody's\b/i, '"belongs to no one" as a rule: say what is refused'],
];

function leftBehindIn(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, source }) =>
    source
      .split('\n')
      .flatMap((line, i) =>
        LEFT_BEHIND.filter(([word]) => word.test(line)).map(
          ([word, better]) => `${path}:${i + 1} has ${word.exec(line)?.[0]}: write ${better}.`,
        ),
      ),
  );
}

test.each(['lib', 'demo-app', 'bench', 'scripts'])('%s is written in the terms of the field', (folder) => {
  expect(leftBehindIn(readSources(folder))).toEqual([]);
});

test('the pages are written in the terms of the field', () => {
  const pages = [...readPages(), readPage('SECURITY.md'), readPage('CONTRIBUTING.md')];

  expect(leftBehindIn(pages.map(({ path, text }) => ({ path, source: text })))).toEqual([]);
});

test('the rule names the line and the better word', () => {
  expect(leftBehindIn([{ path: 'lib/a.ts', source: '// fine\n// The keys are fetched anew.' }])).toEqual([
    'lib/a.ts:2 has anew: write "again", "new", or the verb: "refetch", "reopen".',
  ]);
});
