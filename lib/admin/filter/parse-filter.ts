/**
 * Filters: a subset of those of SCIM (RFC 7644 §3.4.2.2), with its precedence. Keywords and attribute names have any case.
 *
 * ```
 * filter     = conjunction *( SP "or" SP conjunction )
 * conjunction = term *( SP "and" SP term )
 * term       = "(" filter ")" / comparison
 * comparison = attribute SP operator SP value
 * attribute  = ALPHA *( ALPHA / DIGIT / "." / "-" / "_" / ":" )
 * operator   = 1*ALPHA
 * value      = a JSON string
 * ```
 *
 * Spaces may also stand around parentheses and at the ends. Which attributes and operators there are is not the grammar's
 * concern.
 */
export type Filter = Comparison | Combination;

export interface Comparison {
  readonly attribute: string;
  readonly operator: string;
  readonly value: string;
  /** Where each of them begins, in UTF-16 code units from 0. */
  readonly offsets: { readonly attribute: number; readonly operator: number; readonly value: number };
}

export interface Combination {
  readonly combine: 'and' | 'or';
  /** Two or more. */
  readonly filters: readonly Filter[];
  /** Where it begins. */
  readonly offset: number;
}

/** What is wrong with a filter, and where. `expectation` says what would be right. */
export interface FilterFault {
  readonly offset: number;
  readonly expectation: string;
  readonly innerError?: Readonly<Record<string, unknown>>;
}

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly fault: FilterFault };

export const MAX_FILTER_LENGTH = 4096;
export const MAX_FILTER_DEPTH = 16;
export const MAX_COMPARISONS = 50;

export function parseFilter(text: string): ParsedFilter {
  if (text.length > MAX_FILTER_LENGTH) {
    return {
      ok: false,
      fault: tooMuch(MAX_FILTER_LENGTH, `at most ${MAX_FILTER_LENGTH} characters`, MAX_FILTER_LENGTH),
    };
  }
  try {
    return { ok: true, filter: new FilterParser(text).parse() };
  } catch (error) {
    if (error instanceof Unexpected) return { ok: false, fault: error.fault };
    throw error;
  }
}

function tooMuch(offset: number, expectation: string, maximumValue: number): FilterFault {
  return { offset, expectation, innerError: { maximumValue } };
}

/** Ends the parsing; {@link parseFilter} returns the fault. */
class Unexpected {
  constructor(readonly fault: FilterFault) {}
}

const SPACES = / */y;
const ATTRIBUTE = /[a-z][a-z0-9._:-]*/iy;
const OPERATOR = /[a-z]+/iy;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const CONJUNCTION = /and(?![a-z0-9._:-])/iy;
const DISJUNCTION = /or(?![a-z0-9._:-])/iy;

/** Recursive descent. Every step consumes a part of the text, so that the time is linear in its length. */
class FilterParser {
  readonly #text: string;
  #offset = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Filter {
    const filter = this.#parseFilter();
    if (this.#offset < this.#text.length) this.#fail('and, or, or the end');
    return filter;
  }

  #parseFilter(): Filter {
    return this.#parseList('or', DISJUNCTION, () => this.#parseList('and', CONJUNCTION, () => this.#parseTerm()));
  }

  #parseList(combine: Combination['combine'], keyword: RegExp, parseItem: () => Filter): Filter {
    this.#take(SPACES);
    const offset = this.#offset;
    const filters = [parseItem()];
    while (this.#take(keyword) !== undefined) filters.push(parseItem());
    return filters.length === 1 ? (filters[0] as Filter) : { combine, filters, offset };
  }

  #parseTerm(): Filter {
    this.#take(SPACES);
    const term = this.#text[this.#offset] === '(' ? this.#parseGroup() : this.#parseComparison();
    this.#take(SPACES);
    return term;
  }

  #parseGroup(): Filter {
    if (++this.#depth > MAX_FILTER_DEPTH) {
      const expectation = `at most ${MAX_FILTER_DEPTH} parentheses inside one another`;
      throw new Unexpected(tooMuch(this.#offset, expectation, MAX_FILTER_DEPTH));
    }
    this.#offset++;
    const filter = this.#parseFilter();
    if (this.#text[this.#offset] !== ')') this.#fail('and, or, or a closing parenthesis');
    this.#offset++;
    this.#depth--;
    return filter;
  }

  #parseComparison(): Comparison {
    if (++this.#comparisons > MAX_COMPARISONS) {
      throw new Unexpected(tooMuch(this.#offset, `at most ${MAX_COMPARISONS} comparisons`, MAX_COMPARISONS));
    }
    const offsets = { attribute: this.#offset, operator: 0, value: 0 };
    const attribute = this.#require(ATTRIBUTE, 'an attribute or an opening parenthesis');
    this.#requireSpace('a space and an operator');
    offsets.operator = this.#offset;
    const operator = this.#require(OPERATOR, 'an operator');
    this.#requireSpace('a space and a value in double quotes');
    offsets.value = this.#offset;
    return { attribute, operator, value: this.#parseString(), offsets };
  }

  #parseString(): string {
    const offset = this.#offset;
    const expectation = 'a value in double quotes, a JSON string';
    const literal = this.#require(STRING, expectation);
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw new Unexpected({ offset, expectation });
    }
  }

  #requireSpace(expectation: string): void {
    if (this.#take(SPACES) === '') this.#fail(expectation);
  }

  #require(pattern: RegExp, expectation: string): string {
    return this.#take(pattern) ?? this.#fail(expectation);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #fail(expectation: string): never {
    throw new Unexpected({ offset: this.#offset, expectation });
  }
}
