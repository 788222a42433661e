import { parser } from '@prometheus-io/lezer-promql';
import { otelObserver } from 'scopegate/otel';
import { parse } from 'yaml';
import { REFUSALS } from '../../lib/enforcement/refusal.js';
import { tableRows } from '../documentation/fixtures/tables.js';
import { readText } from '../support/sources.js';

/** The instruments that the observer makes: their names, and their names in Prometheus. */
function instruments(): Map<string, string> {
  const made = new Map<string, string>();
  const make =
    (suffix: string) =>
    (name: string, { unit }: { unit: string }) => {
      // Exporters end a name with its unit, or do not: an expression has to take both.
      made.set(name, `${name.replaceAll('.', '_')}${unit === 's' ? '(_seconds)?' : ''}${suffix}`);
      return { addCallback: () => undefined };
    };
  const meter = {
    createCounter: make('_total'),
    createObservableCounter: make('_total'),
    createHistogram: make('_bucket'),
    createObservableGauge: make(''),
  };
  otelObserver({ meterProvider: { getMeter: () => meter } });
  return made;
}

/** The rules of the recipe, and the expressions of the dashboard. */
const rules: { alert: string; expr: string }[] = parse(readText('docs/operations/alerts.yaml')).groups[0].rules;
const { panels } = JSON.parse(readText('docs/dashboards/scopegate.json'));
const expressions: string[] = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr)),
];

test('every histogram of seconds has bounds below a second', () => {
  const bounds: number[][] = [];
  const skip = () => ({ addCallback: () => undefined });
  const createHistogram = (_: string, { unit, advice }: { unit: string; advice?: Record<string, number[]> }) => {
    if (unit === 's') bounds.push(advice?.explicitBucketBoundaries ?? []);
  };
  const meter = { createCounter: skip, createObservableCounter: skip, createObservableGauge: skip, createHistogram };
  otelObserver({ meterProvider: { getMeter: () => meter } });

  expect(bounds.map((each) => each.filter((bound) => bound > 0 && bound < 1).length > 3)).toEqual([true, true, true]);
});

test('the table of the recipe names every metric and no other', () => {
  expect(
    tableRows('table: metrics')
      .map(([name]) => name?.replaceAll('`', ''))
      .sort(),
  ).toEqual([...instruments().keys()].sort());
});

test('the table of alerts names every rule and no other', () => {
  expect(tableRows('table: alerts').map(([name]) => name?.replaceAll('`', ''))).toEqual(
    rules.map(({ alert }) => alert),
  );
});

test('every expression of alerts and dashboard is one that Prometheus can parse', () => {
  const findErrors = (expression: string) => {
    const errors: string[] = [];
    // Grafana puts a duration in its place.
    const text = expression.replaceAll('$__rate_interval', '5m');
    parser.parse(text).iterate({
      enter: ({ type, from }) => {
        if (type.isError) errors.push(`${text}, at ${from}`);
      },
    });
    return errors;
  };
  expect(expressions.length).toBeGreaterThan(15);
  expect(expressions.flatMap(findErrors)).toEqual([]);
  expect(findErrors('sum(rate(x[5m]) > 0')).not.toEqual([]);
});

test('alerts and dashboard ask for metrics that exist, by all of their names', () => {
  const asked = new Set(
    expressions.flatMap((expression) =>
      [...expression.matchAll(/\b(scopegate_[a-z_]+(?:\(_seconds\)\?)?[a-z_]*)(?=[{[)"]| >)/g)].map(
        ([, name]) => name as string,
      ),
    ),
  );
  const names = [...asked].filter((name) => !/_(?:outcome|reason|type)$/.test(name));
  expect(names.length).toBeGreaterThan(6);
  expect(names.filter((name) => ![...instruments().values()].includes(name))).toEqual([]);
});

test('alerts and dashboard ask for reasons that exist', () => {
  const asked = new Set(
    expressions.flatMap((expression) =>
      [...expression.matchAll(/scopegate_reason=~?"([a-z_|]+)/g)].flatMap(([, list]) => (list as string).split('|')),
    ),
  );
  expect(asked.size).toBeGreaterThan(8);
  expect([...asked].filter((reason) => !Object.hasOwn(REFUSALS, reason))).toEqual([]);
});
