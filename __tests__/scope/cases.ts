/** One question and its answer: does whoever holds `held` may do what needs `required`? */
export interface CoverageCase {
  readonly held: string;
  readonly required: string;
  readonly covers: boolean;
  readonly why: string;
  /** Shown in the table of docs/scopes.md. */
  readonly readme?: true;
}

export const CONSUMER = 'urn:opc:resource:consumer';

/** In the tables below, `…` at the start stands for `urn:opc:resource:consumer`. */
const full = (token: string): string => token.replace(/^…/, CONSUMER);

const yes = (held: string, required: string, why: string): CoverageCase => {
  return { held: full(held), required: full(required), covers: true, why };
};
const no = (held: string, required: string, why: string): CoverageCase => ({
  ...yes(held, required, why),
  covers: false,
});
const readme = (shown: CoverageCase): CoverageCase => ({ ...shown, readme: true });

/** A scope with this many segments. */
export const deep = (segments: number): string => `${CONSUMER}${':a'.repeat(segments)}::read`;

const APPLICATION = '0f3c9a1e5b7d4c2f8a6e1d3b5c7f9a2e';

/** What Oracle published under "Accessing All Resources". */
const PUBLISHED: readonly CoverageCase[] = [
  yes('…:paas::read', '…:paas::read', 'A scope covers itself.'),
  readme(yes('…:paas::read', '…:paas:analytics::read', 'A scope covers what lies below it, with the same qualifier.')),
  readme(no('…:paas::read', '…:paas:analytics::write', 'Another qualifier is another permission.')),
  yes('…:paas:analytics::read', '…:paas:analytics::read', 'A deep scope covers itself.'),
  yes('…:paas:stack::all', '…:paas:stack::all', 'A scope with the qualifier `all` covers itself.'),
  yes('…::all', '…::all', 'The root covers itself.'),
  yes('…::all', '…:paas::read', 'The root with `all` covers a service.'),
  yes('…::all', '…:paas:stack::all', 'The root with `all` covers a subtree with `all`.'),
  readme(yes('…::all', '…:paas:analytics::read', 'The root with `all` reaches every service of the domain.')),
  readme(no('…::all', 'urn:opc:idm:__myscopes__', 'But it opens no IAM admin API.')),
];

const QUALIFIERS: readonly CoverageCase[] = [
  readme(yes('…:paas:stack::all', '…:paas:stack:nodes::write', '`all` covers every qualifier, from its place down.')),
  yes('…:paas:stack::all', '…:paas:stack::read', '`all` covers every qualifier of its own place.'),
  no('…:paas:stack::read', '…:paas:stack::all', 'No other qualifier stands for `all`.'),
  readme(no('…:paas::write', '…:paas::read', 'Writing does not imply reading.')),
  no('…:paas::read', '…:paas::write', 'Reading does not imply writing.'),
  yes('…::read', '…:paas:analytics::read', 'The root with a qualifier covers that qualifier everywhere.'),
  no('…::read', '…:paas::write', 'The root with a qualifier covers no other.'),
  no('…::read', '…::all', 'The root with a qualifier does not cover the root with `all`.'),
  no('…:paas::alll', '…:paas::read', 'A qualifier that begins with `all` is not `all`.'),
  no('…:paas::al', '…:paas::all', 'A qualifier is compared as a whole.'),
  no('…:all::read', '…:paas::read', 'A segment named `all` is a segment like any other.'),
  readme(
    yes('…:paas::all', `…:paas::${APPLICATION}`, 'A qualifier is free text; here it is the id of an application.'),
  ),
  yes(`…:paas::${APPLICATION}`, `…:paas:analytics::${APPLICATION}`, 'An application id is a qualifier like any other.'),
  no(`…:paas::${APPLICATION}`, `…:paas::${APPLICATION.slice(0, -1)}0`, 'Another application id is another qualifier.'),
  no(`…:paas::${APPLICATION}`, '…:paas::read', 'An application id implies no reading.'),
];

const PLACES: readonly CoverageCase[] = [
  readme(no('…:paas:analytics::read', '…:paas::read', 'What lies below never covers what lies above.')),
  no('…:paas::read', '…::read', 'A service never covers the root.'),
  no('…:paas::all', '…::all', 'Not even a service with `all` covers the root.'),
  no('…:paas:stack::all', '…:paas:analytics::read', 'A neighbour is not covered.'),
  no('…:paas:stack::all', '…:paas::read', '`all` reaches down, never up.'),
  readme(no('…:paas::read', '…:paasx::read', 'Segments are compared whole: a common beginning is not enough.')),
  no('…:paasx::read', '…:paas::read', 'A longer segment does not cover a shorter one.'),
  no('…:paas::all', '…:paasx:analytics::read', '`all` does not reach into a segment that begins alike.'),
  no('…:paas:ana::read', '…:paas:analytics::read', 'Nor does the beginning of a deeper segment count.'),
  no('…:analytics::read', '…:paas:analytics::read', 'The end of a path covers nothing.'),
  no('…:analytics:paas::read', '…:paas:analytics::read', 'The order of segments counts.'),
  yes('…::all', '…:__proto__::constructor', 'Names that JavaScript knows are ordinary segments and qualifiers.'),
  no('…:paas::read', '…:constructor::read', 'Names that JavaScript knows are covered by no other segment.'),
  yes('…::all', deep(32), 'Thirty-two segments are a place in the hierarchy.'),
  no('…::all', deep(33), 'More than thirty-two segments are not.'),
  no(deep(32), deep(33), 'Thirty-two segments do not cover thirty-three.'),
  no(deep(33), deep(34), 'Beyond thirty-two segments nothing lies below.'),
  yes(deep(33), deep(33), 'More than thirty-two segments still equal themselves.'),
];

/** What does not fit the form is compared by equality only. */
const MALFORMED: readonly CoverageCase[] = [
  readme(
    no('…::all', '…::paas::read', 'What does not fit the form, here by a second `::`, is covered by itself only.'),
  ),
  yes('…::paas::read', '…::paas::read', 'What does not fit the form equals itself.'),
  no('…::paas::read', '…::paas:analytics::read', 'What does not fit the form covers nothing below it.'),
  no('…:paas::read', '…:paas::analytics::read', 'A second `::` among the segments is not a step down.'),
  no('…::all', '…:paas::read::all', 'A second qualifier does not fit the form.'),
  no('…::all', '…:paas:::read', 'An empty segment before the qualifier does not fit the form.'),
  no('…::all', '…:::read', 'An empty segment alone does not fit the form.'),
  no('…:::all', '…:paas::read', '`:::all` is not the root with `all`.'),
  no('…::::all', '…:paas::read', 'Nor is `::::all`.'),
  no('…:paas:::all', '…:paas::read', '`:::all` below the root covers nothing either.'),
  no('…::all', '…:paas::', 'An empty qualifier does not fit the form.'),
  no('…:paas::', '…:paas::read', 'An empty qualifier stands for no other.'),
  no('…::', '…:paas::read', 'The root with an empty qualifier covers nothing.'),
  no('…::all', '…:paas::read:', 'A colon after the qualifier does not fit the form.'),
  no('…::all', '…:paas::urn:x', 'A qualifier holds no colon.'),
  no('…::all', '…:paas', 'Without `::` there is no qualifier.'),
  no('…:paas', '…:paas::read', 'Without a qualifier nothing is covered.'),
  no('…', '…:paas::read', 'The bare namespace covers nothing.'),
  no('…::all', '…', 'The bare namespace is covered by itself only.'),
];

/** Nothing is folded, expanded or decoded. */
const SPELLING: readonly CoverageCase[] = [
  readme(no('…::ALL', '…:paas::read', 'Case counts.')),
  yes('…::ALL', '…:paas::ALL', '`ALL` is a qualifier like any other.'),
  no('…:PAAS::read', '…:paas::read', 'The case of segments counts.'),
  no('…:paas::Read', '…:paas::read', 'The case of qualifiers counts.'),
  no('URN:OPC:RESOURCE:CONSUMER::all', '…:paas::read', 'A URN in capitals is outside the namespace.'),
  no('…::all', 'urn:opc:resource:Consumer:paas::read', 'One capital is enough to be outside the namespace.'),
  readme(no('…:*::read', '…:paas::read', 'There are no wildcards.')),
  no('…:paas::*', '…:paas::read', 'An asterisk is a qualifier like any other.'),
  no('…:paas*::read', '…:paasx::read', 'An asterisk is no end of a segment.'),
  no('*', '…:paas::read', 'An asterisk alone covers itself only.'),
  no('…:p..s::read', '…:paas::read', 'A dot matches a dot.'),
  no('…:pa%61s::read', '…:paas::read', 'Percent-encoding is not decoded in what is held.'),
  no('…:paas::read', '…:pa%61s::read', 'Percent-encoding is not decoded in what is required.'),
  no('…:paas::%61ll', '…:paas::read', 'An encoded `all` is not `all`.'),
  no('…:paas::read', '…:paas%3Aanalytics::read', 'An encoded colon separates nothing.'),
  no('…%3A%3Aall', '…:paas::read', 'An encoded `::` separates nothing either.'),
];

const OUTSIDE: readonly CoverageCase[] = [
  no('…::all', `${CONSUMER}x:paas::read`, 'A namespace that begins alike is another namespace.'),
  no(`${CONSUMER}x::all`, '…:paas::read', 'A namespace that begins alike covers nothing in this one.'),
  no(`${CONSUMER}x::all`, `${CONSUMER}x:paas::read`, 'Only this namespace is a hierarchy.'),
  no('urn:opc:resource::all', '…:paas::read', 'What stands above the namespace covers nothing in it.'),
  no('urn:opc::all', '…::all', 'Nor does what stands higher still.'),
  no('…::all', `https://rs.example/${CONSUMER}:paas::read`, 'A fully qualified scope is not the bare one.'),
  no(`x${CONSUMER}::all`, '…:paas::read', 'The namespace stands at the beginning.'),
  no('all', '…:paas::read', 'The word `all` covers itself only.'),
  yes('urn:opc:idm:__myscopes__', 'urn:opc:idm:__myscopes__', 'The scope of the admin APIs covers itself.'),
  no('urn:opc:idm:__myscopes__', '…:paas::read', 'The scope of the admin APIs opens no service.'),
  no('urn:opc:idm:__myscopes__', 'urn:opc:idm:t.user.me', 'Its expanded names are not implied by it.'),
  no('…:idm:__myscopes__::all', 'urn:opc:idm:__myscopes__', 'Segments that spell its name do not cover it.'),
  no('urn:opc:idm::all', 'urn:opc:idm:apps::read', 'Admin scopes form no hierarchy.'),
  no('…::all', 'offline_access', 'A refresh token is not a service.'),
  no('…::all', 'urn:opc:resource:expiry=3600', 'Reserved scopes are outside the namespace.'),
  readme(no('reports:all', 'reports:read', 'Outside `urn:opc:resource:consumer` a scope covers itself only.')),
  yes('reports:read', 'reports:read', 'A scope of another namespace covers itself.'),
  no('reports', 'reports:read', 'A prefix of another scope does not cover it.'),
];

/** What RFC 6749 §3.3 does not allow covers nothing and is covered by nothing, not even by itself. */
const ILLEGAL: readonly CoverageCase[] = [
  no('', '', 'The empty string is no scope.'),
  no('…::all', '', 'Nothing covers the empty string.'),
  no('…::all', '…:paas analytics::read', 'A space is in no scope.'),
  no('…:paas::read …:paas::write', '…:paas::read', 'Two scopes are not one scope.'),
  no('…::all', '…:paas::read\n', 'A line feed at the end is not forgiven.'),
  no('…::all', '…:p\u0430as::read', 'A Cyrillic letter is in no scope.'),
  no('…:paas::a\u217c', '…:paas::read', 'A Roman numeral is not a letter.'),
  no('…:"paas"::read', '…:"paas"::read', 'A quotation mark is in no scope.'),
];

export const COVERAGE_CASES: readonly CoverageCase[] = [
  ...PUBLISHED,
  ...QUALIFIERS,
  ...PLACES,
  ...MALFORMED,
  ...SPELLING,
  ...OUTSIDE,
  ...ILLEGAL,
];
