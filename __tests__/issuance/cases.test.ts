import { createHash } from 'node:crypto';
import { TOKEN_REQUEST_ERRORS, type TokenRequestErrorReason, toRefusal } from '../../lib/issuance/errors.js';
import { resolveTokenRequest } from '../../lib/issuance/resolve-token-request.js';
import type { TokenGrant } from '../../lib/issuance/token-request.js';
import { full, ISSUANCE_CASES, type IssuanceCase, requestOf } from './fixtures/cases.js';
import { DECISIONS, DOCUMENTS, FACTS, SENTENCES } from './fixtures/sentences.js';

function expected(answer: IssuanceCase['answer']): unknown {
  if (typeof answer === 'string') return toRefusal(answer);
  return expect.objectContaining({ ...answer, ...(answer.scope !== undefined && { scope: full(answer.scope) }) });
}

describe.each([...new Set(ISSUANCE_CASES.map(({ source }) => source))])('%s', (source) => {
  const cases = ISSUANCE_CASES.filter((each) => each.source === source);

  test.each(cases.map((each, i) => ({ ...each, i: i + 1 })))('$i. $why', ({ i: _, ...each }) => {
    expect(resolveTokenRequest(requestOf(each))).toEqual(expected(each.answer));
  });
});

describe('the completeness of the cases', () => {
  const sources = new Set<string>(ISSUANCE_CASES.map(({ source }) => source));

  test.each([
    ['of the founding documents', SENTENCES],
    ['of what later editions say', FACTS],
    ['of what we decided', DECISIONS],
  ])('the cases cover every sentence %s', (_, sentences) => {
    expect(Object.keys(sentences).filter((key) => !sources.has(key))).toEqual([]);
  });

  test('the cases cover every refusal except two that no table can hold', () => {
    const seen = new Set(ISSUANCE_CASES.map(({ answer }) => answer));
    const reasons = Object.keys(TOKEN_REQUEST_ERRORS) as TokenRequestErrorReason[];
    expect(reasons.filter((reason) => !seen.has(reason))).toEqual(['parameter_repeated', 'too_many_audiences']);
  });
});

describe('the completeness of the founding documents', () => {
  test.each(Object.entries(DOCUMENTS))('the judged sentences of %s form its whole text', (_, { sha256, judged }) => {
    const text = judged.map((each) => (typeof each === 'string' ? SENTENCES[each] : each.text)).join(' ');
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  });

  test('each sentence that needs a case is judged exactly once', () => {
    const judged = Object.values(DOCUMENTS).flatMap((each) => each.judged);
    expect(judged.filter((each) => typeof each === 'string').sort()).toEqual(Object.keys(SENTENCES).sort());
  });
});

test.each(Object.entries(TOKEN_REQUEST_ERRORS))(
  'RFC 6749 §5.2 allows every character in the description of %s',
  (_, row) => {
    expect(row[1]).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+\.$/);
  },
);

test('a token grant has exactly the documented members', () => {
  const tokens = ISSUANCE_CASES.map((each) => resolveTokenRequest(requestOf(each))).filter(
    (answer): answer is TokenGrant => answer.ok,
  );
  expect(tokens.length).toBeGreaterThan(50);
  for (const token of tokens) {
    expect(Object.keys(token)).toEqual(['ok', 'scope', 'audience', 'refreshToken', 'lifetime']);
    expect(Number.isInteger(token.lifetime)).toBe(true);
  }
});
