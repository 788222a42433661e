import { parseReportOnly } from '../../lib/enforcement/report-only.js';

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 5, 15);
const parse = (until: unknown, now = TODAY, creator = 'createGate()') =>
  parseReportOnly(creator, { until } as never, { now: () => now, monotonic: () => 0 });

let warn: jest.SpyInstance;
beforeEach(() => {
  warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

test.each([
  ['today', '2026-06-15', TODAY + DAY],
  ['the last day that is not too far ahead', '2027-06-16', TODAY + 367 * DAY],
])('the trial ends with %s, in UTC', (_, until, end) => {
  expect(parse(until)).toBe(end);
  expect(warn).not.toHaveBeenCalled();
});

test.each<[what: string, until: unknown, shown: string]>([
  ['a day too far ahead', '2027-06-17', 'the string given'],
  ['a day that is in no calendar', '2026-02-30', 'the string given'],
  ['a time', '2026-06-15T00:00:00Z', 'the string given'],
  ['another form', '15 June 2026', 'the string given'],
  ['no date', 'soon', 'the string given'],
  ['a number', TODAY, String(TODAY)],
  ['nothing', undefined, 'undefined'],
])('%s is refused', (_, until, shown) => {
  expect(() => parse(until)).toThrow(
    new TypeError(
      `createGate(): "reportOnly.until" must be a date like '2027-01-31', at most a year ahead, not ${shown}.`,
    ),
  );
});

test.each([null, undefined])('%p in place of the options is refused in the same way', (given) => {
  const clock = { now: () => TODAY, monotonic: () => 0 };
  expect(() => parseReportOnly('createGate()', given as never, clock)).toThrow('"reportOnly.until" must be a date');
});

describe('the end of a trial', () => {
  test.each([
    ['no warning a moment before', TODAY + DAY - 1, 0],
    ['one warning at its end', TODAY + DAY, 1],
  ])('gives %s', (_, now, count) => {
    expect(parse('2026-06-15', now)).toBe(TODAY + DAY);
    expect(warn).toHaveBeenCalledTimes(count);
  });

  test('the warning names the option and the day', () => {
    parse('2026-06-15', TODAY + DAY);
    expect(warn).toHaveBeenCalledWith('createGate(): "reportOnly" ended on 2026-06-15.', {
      type: 'ScopegateWarning',
      code: 'SCOPEGATE_REPORT_ONLY_ENDED',
    });
  });

  test('gate.check, which reads its options with each call, does not warn', () => {
    parse('2026-06-15', TODAY + DAY, 'gate.check()');
    expect(warn).not.toHaveBeenCalled();
  });
});
