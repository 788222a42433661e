import { otelObserver } from 'scopegate/otel';
import { REFUSALS } from '../../lib/enforcement/refusal.js';
import { tableRows } from '../documentation/fixtures/tables.js';
import { readText } from '../support/sources.js';

/** The instruments that the observer makes: their names, and their names in Prometheus. */
function instruments(): Map<string, string> {
  const made = new Map<string, string>();
  const make =
    (suffix: string) =>
    (name: string, { unit }: { unit: string }) => {
      made.set(name, `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}${suffix}`);
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

const shown = `${readText('docs/recipes/opentelemetry.md')}${readText('docs/dashboards/scopegate.json')}`;

test('the table of the recipe names every metric and no other', () => {
  expect(
    tableRows('table: metrics')
      .map(([name]) => name?.replaceAll('`', ''))
      .sort(),
  ).toEqual([...instruments().keys()].sort());
});

test('alerts and dashboard ask for metrics that exist', () => {
  const asked = new Set(
    shown.match(/\bscopegate_[a-z_]+(?=[{[)]| >|\\)/g)?.filter((name) => !/_(?:outcome|reason|type)$/.test(name)),
  );
  expect(asked.size).toBeGreaterThan(6);
  expect([...asked].filter((name) => ![...instruments().values()].includes(name))).toEqual([]);
});

test('alerts and dashboard ask for reasons that exist', () => {
  const asked = new Set(
    [...shown.matchAll(/scopegate_reason=~?\\?"([a-z_|]+)/g)].flatMap(([, list]) => (list as string).split('|')),
  );
  expect(asked.size).toBeGreaterThan(8);
  expect([...asked].filter((reason) => !Object.hasOwn(REFUSALS, reason))).toEqual([]);
});
