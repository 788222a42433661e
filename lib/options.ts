/**
 * Options are read once, when something is created: a misspelt or misplaced one stops the program there,
 * with the right name in the sentence, instead of being ignored on every request.
 */

/** Throws a `TypeError` unless `options` is an object that has known members only. */
function refuseUnknownOptions(
  creator: string,
  options: object,
  names: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  insistThat(isObject(options), `${creator} takes an object of options, not ${describeValue(options)}.`);
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const hint = Object.hasOwn(elsewhere, name) ? elsewhere[name] : nearestName(name, names);
    throw new TypeError(
      `${creator} has no option "${name}". ${hint ? `Did you mean "${hint}"?` : `It knows: ${names.join(', ')}.`}`,
    );
  }
}

/** What an option must be, in code and in words, and its default. */
export type OptionRule = readonly [holds: (value: unknown) => boolean, expectation: string, fallback?: unknown];

/**
 * The rule of each option; `true` for one that is parsed by itself. An option that is added to the interface, and has no
 * rule, does not compile.
 */
export type OptionRules<Options> = { readonly [name in keyof Options]-?: OptionRule | true };

/** Options after their rules: those with a default are there. */
export type CheckedOptions<Options, Rules> = {
  readonly [name in keyof Options]-?: name extends keyof Rules
    ? Rules[name] extends readonly [unknown, unknown, infer Fallback]
      ? WithFallback<Exclude<Options[name], undefined>, Fallback>
      : Options[name]
    : never;
};

type WithFallback<Value, Fallback> = Fallback extends Value ? Value : Value | Fallback;

/**
 * Checks options by their rules, in their order, and fills in the defaults. Throws a `TypeError` for an unknown or a wrong
 * one.
 *
 * @param elsewhere what options are called here that have another name elsewhere
 * @param parent the option that has these options, for one that has options itself
 */
export function readOptions<Options extends object, const Rules extends OptionRules<NoInfer<Options>>>(
  creator: string,
  options: Options,
  rules: Rules,
  elsewhere?: Readonly<Record<string, string>>,
  parent?: string,
): CheckedOptions<Options, Rules> {
  refuseUnknownOptions(parent ? `${creator}, in "${parent}",` : creator, options, Object.keys(rules), elsewhere);
  const read = { ...options } as Record<string, unknown>;
  for (const [name, rule] of Object.entries<OptionRule | true>(rules)) {
    if (rule === true) continue;
    const [holds, expectation, fallback] = rule;
    if (read[name] === undefined) read[name] = fallback;
    insist(holds(read[name]), creator, parent ? `${parent}.${name}` : name, expectation, read[name]);
  }
  return read as CheckedOptions<Options, Rules>;
}

/** The rule of an option that is on or off, and off by default. */
export const FLAG = [(value: unknown) => typeof value === 'boolean', 'true or false', false] as const;

/** The rule of an option that is a text. */
export const TEXT = [isText, 'a string'] as const;

/** The rule of an option in a unit, such as `seconds`. */
/* @__NO_SIDE_EFFECTS__ */
export function quantity(unit: string, fallback: number, least = 0) {
  return [(value: unknown) => isQuantity(value, least), `a number of ${unit}, ${least} or more`, fallback] as const;
}

/** The rule of an option that is one of a few words, by default the first. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  const expectation = words.map((word) => `'${word}'`).join(' or ');
  return [(value: unknown) => words.includes(value as Word), expectation, words[0]] as const;
}

/** The rule of an option that is a function. */
/* @__NO_SIDE_EFFECTS__ */
export function callback<Fallback = undefined>(fallback?: Fallback) {
  return [isOptionalFunction, 'a function', fallback as Fallback] as const;
}

/** The same rule for an option that may be left out, and has no default. */
/* @__NO_SIDE_EFFECTS__ */
export function optional([holds, expectation]: OptionRule) {
  return [(value: unknown) => value === undefined || holds(value), expectation] as const;
}

/** Throws a `TypeError` with `sentence` unless `holds`. */
export function insistThat(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new TypeError(sentence);
}

/** Throws a `TypeError` with `expectation` unless `holds`. */
export function insist(
  holds: boolean,
  creator: string,
  name: string,
  expectation: string,
  value: unknown,
): asserts holds {
  if (!holds) throw new TypeError(`${creator}: "${name}" must be ${expectation}, not ${describeValue(value)}.`);
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}

/** The items of an option that is one or a list. */
export function toList<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? [...value] : [value as Item];
}

/** A list with at least one item, for each of which `holds`. */
export function isListOf<Item>(value: unknown, holds: (item: unknown) => item is Item): value is readonly Item[];
export function isListOf(value: unknown, holds: (item: unknown) => boolean): value is readonly unknown[];
export function isListOf(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(holds);
}

/** An object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

/** A finite number of at least `least`. */
export function isQuantity(value: unknown, least = 0): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}

/** Whether a value is an object with methods. */
/* @__NO_SIDE_EFFECTS__ */
export function hasMethods(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => names.every((name) => typeof Object(value)[name] === 'function');
}

/** Whether a value is a number from `least` to `most`. */
/* @__NO_SIDE_EFFECTS__ */
export function between(least: number, most: number): (value: unknown) => boolean {
  return (value) => isQuantity(value, least) && value <= most;
}

// Values may be secrets, in their place or in a wrong one: an error never repeats a text.
function describeValue(value: unknown): string {
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'the list given';
  const isPlain = value === null || ['undefined', 'number', 'boolean'].includes(typeof value);
  return isPlain ? String(value) : `the ${typeof value} given`;
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(2, Math.floor(name.length / 3)) ? near.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    row = next;
  }
  return row[b.length] as number;
}
