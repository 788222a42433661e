import type { DetailCode } from '../../lib/grants/errors.js';
import { SQL } from './members.js';

/** Values that a member takes. */
interface Accepted {
  readonly default?: unknown;
  readonly accept: readonly unknown[];
  readonly refuse: readonly Refused[];
}

/** A body that is taken, and the cases of each of its members. */
interface CommandCases {
  readonly body: object;
  readonly members: Readonly<Record<string, Accepted>>;
}

/** A value that it does not, what is said of it, and where, if not at the member itself. */
type Refused = readonly [value: unknown, code: DetailCode, more?: Readonly<Record<string, unknown>>];

const ID = '0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3b';
const long = (length: number) => 'x'.repeat(length);
const many = <Item>(length: number, item: Item) => Array<Item>(length).fill(item);
const allowed = (...allowedValues: readonly unknown[]) => ({ innerError: { allowedValues } });
const atMost = (maximumValue: number) => ({ innerError: { maximumValue } });

const NO_TEXT: readonly Refused[] = [
  [true, 'INVALID_VALUE'],
  [0, 'INVALID_VALUE'],
  [[], 'INVALID_VALUE'],
  [['reports'], 'INVALID_VALUE'],
  [{}, 'INVALID_VALUE'],
];
const invalidValue = (value: unknown): Refused => [value, 'INVALID_VALUE'];
const UNSEEN: readonly Refused[] = [
  'a\0b',
  '\t',
  'a\nb',
  '\x1b[31m',
  'a\x7f',
  'a\u0085b',
  'a\u009fb',
  'a\u2028b',
  'a\u2029b',
  '\u202aa',
  '\u202egnp.exe',
  '\u2066a\u2069',
  '\ud800',
  'a\udc00b',
].map((value) => [value, 'INVALID_VALUE']);

const name: Accepted = {
  accept: ['a', ' ', 'Reports', 'Ünïcödé 报告 😀', '<script>', 'a\u200db', 'constructor', ...SQL, long(256)],
  refuse: [
    [undefined, 'REQUIRED_VALUE'],
    ...NO_TEXT,
    ['', 'EMPTY_VALUE'],
    [long(257), 'SIZE_LIMIT_EXCEEDED', atMost(256)],
    ...UNSEEN,
  ],
};
const description: Accepted = {
  accept: [undefined, '', 'two\nlines\tand a \u202eturn', ...SQL, long(1024)],
  refuse: [
    ...NO_TEXT,
    [long(1025), 'SIZE_LIMIT_EXCEEDED', atMost(1024)],
    ['a\0', 'INVALID_VALUE'],
    ['\ud800', 'INVALID_VALUE'],
    ['\udfff\ud800', 'INVALID_VALUE'],
  ],
};
const uris: Accepted = {
  default: [],
  accept: [[], ['https://api.example/'], ['not a URI'], many(100, long(160)), many(7, long(2048))],
  refuse: [
    [many(9, long(2048)), 'SIZE_LIMIT_EXCEEDED'],
    ['https://api.example/', 'INVALID_VALUE'],
    [{}, 'INVALID_VALUE'],
    [many(101, 'a'), 'SIZE_LIMIT_EXCEEDED', atMost(100)],
    [['a', ''], 'EMPTY_VALUE', { at: '[1]' }],
    [[null], 'INVALID_VALUE', { at: '[0]' }],
    [['a', 'b', 'c\n'], 'INVALID_VALUE', { at: '[2]' }],
    [[long(2049)], 'SIZE_LIMIT_EXCEEDED', { at: '[0]', ...atMost(2048) }],
  ],
};
const longUri = (length: number) => `https://app.example/${long(length - 20)}`;
const redirectUris: Accepted = {
  default: [],
  accept: [
    [],
    ['https://app.example/cb?next=%2Forders&x=[1]'],
    ['HTTPS://app.example:8443'],
    ['https://[2001:db8::1]/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.255.0.9', 'http://[::1]:3000/cb', 'http://localhost/cb'],
    ['com.acme.app:/cb', 'com.acme.app://cb', 'acme:/cb', 'COM.ACME.APP:/cb', 'com.acme.app:///cb?x=1'],
    many(100, longUri(160)),
    many(7, longUri(2048)),
  ],
  refuse: [
    ['https://app.example/', 'INVALID_VALUE'],
    [{}, 'INVALID_VALUE'],
    [many(101, 'acme:/cb'), 'SIZE_LIMIT_EXCEEDED', atMost(100)],
    [many(9, longUri(2048)), 'SIZE_LIMIT_EXCEEDED'],
    [[''], 'EMPTY_VALUE', { at: '[0]' }],
    [[null], 'INVALID_VALUE', { at: '[0]' }],
    [[longUri(2049)], 'SIZE_LIMIT_EXCEEDED', { at: '[0]', ...atMost(2048) }],
    ...[
      'not a url',
      '/cb',
      '//app.example/cb',
      'app.example/cb',
      'app.example:8443/cb',
      'localhost:3000/cb',
      'https://app.example/cb#top',
      'https://app.example/cb#',
      'com.acme.app:/cb#top',
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'javascript://app.example/%0aalert(1)',
      'data:text/html,x',
      'data:/x',
      'vbscript:/x',
      'file:///etc/passwd',
      'blob:/x',
      'about:/blank',
      'http://app.example/cb',
      'http://127.0.0.1.attacker.example/cb',
      'http://localhost.attacker.example/cb',
      'http://localhost@attacker.example/cb',
      'http://128.0.0.1/cb',
      'https:app.example/cb',
      'https:///cb',
      'https://',
      'https://user:secret@app.example/cb',
      'https://app.example@attacker.example/cb',
      'https://app.example:99999/cb',
      'https://app.example/a b',
      ' https://app.example/cb',
      'https://app.example/cb ',
      'https://app.example/%zz',
      'https://app.example/é',
      'https:\\\\app.example\\cb',
      'https://app.example/<x>',
      'com.acme.app:',
      'urn:ietf:wg:oauth:2.0:oob',
      'mailto:ada@app.example',
    ].map((uri): Refused => [['acme:/cb', uri], 'INVALID_VALUE', { at: '[1]' }]),
    ...UNSEEN.map(([value]): Refused => [[`acme:/${value}`], 'INVALID_VALUE', { at: '[0]' }]),
  ],
};
const tags: Accepted = {
  default: [],
  accept: [[], [{ key: 'color', value: 'green' }], many(100, { key: 'a', value: 'b' })],
  refuse: [
    [{ key: 'a', value: 'b' }, 'INVALID_VALUE'],
    [many(101, { key: 'a', value: 'b' }), 'SIZE_LIMIT_EXCEEDED', atMost(100)],
    [['color:green'], 'INVALID_VALUE', { at: '[0]' }],
    [[[]], 'INVALID_VALUE', { at: '[0]' }],
    [[{ key: 'a' }], 'REQUIRED_VALUE', { at: '[0].value' }],
    [[{ key: 'a', value: 'b' }, { value: 'b' }], 'REQUIRED_VALUE', { at: '[1].key' }],
    [[{ key: '', value: 'b' }], 'EMPTY_VALUE', { at: '[0].key' }],
    [[{ key: 'a', value: 1 }], 'INVALID_VALUE', { at: '[0].value' }],
  ],
};

function choice(values: readonly string[], fallback?: string): Accepted {
  const strangers = ['', 'OTHER', values[0]?.toLowerCase() === values[0] ? 'X' : values[0]?.toLowerCase(), 0, true];
  return {
    ...(fallback !== undefined && { default: fallback }),
    accept: values,
    refuse: [
      ...(fallback === undefined ? ([[undefined, 'REQUIRED_VALUE']] as const) : []),
      ...[...strangers, values].map((value): Refused => [value, 'INVALID_VALUE', allowed(...values)]),
    ],
  };
}

function choices(values: readonly string[]): Accepted {
  return {
    default: [],
    accept: [[], values, many(100, values[0])],
    refuse: [
      [values[0], 'INVALID_VALUE'],
      [many(101, values[0]), 'SIZE_LIMIT_EXCEEDED', atMost(100)],
      [[values[0], 'OTHER'], 'INVALID_VALUE', { at: '[1]', ...allowed(...values) }],
      [[null], 'INVALID_VALUE', { at: '[0]', ...allowed(...values) }],
    ],
  };
}

const scopes: Accepted = {
  accept: [
    ['reports:read'],
    [ID],
    [{ id: ID }],
    [{ id: ID.toUpperCase() }],
    [{ name: 'reports:read' }],
    [{ id: ID, name: 'reports:read', extra: 1 }],
    ['a', { id: ID }, { name: 'b' }],
    [
      { id: ID, notBefore: '2031-05-01T12:00:00Z', expiresAt: null },
      { name: 'b', expiresAt: '2031-05-01T12:00:00Z' },
    ],
    ['urn:opc:resource:consumer:paas:analytics::read'],
    ['__proto__'],
    many(1000, 'a'),
  ],
  refuse: [
    [undefined, 'REQUIRED_VALUE'],
    ['a b', 'INVALID_VALUE'],
    [{ id: ID }, 'INVALID_VALUE'],
    [[], 'EMPTY_VALUE'],
    [many(1001, 'a'), 'SIZE_LIMIT_EXCEEDED', atMost(1000)],
    [many(10_000, { id: ID }), 'SIZE_LIMIT_EXCEEDED', atMost(1000)],
    [[null], 'INVALID_VALUE', { at: '[0]' }],
    [['a', 1], 'INVALID_VALUE', { at: '[1]' }],
    [['a', []], 'INVALID_VALUE', { at: '[1]' }],
    [['a', {}], 'REQUIRED_VALUE', { at: '[1].id' }],
    [[{ id: 7, name: 'a' }], 'INVALID_VALUE', { at: '[0].id' }],
    [[{ name: 'a b' }], 'INVALID_VALUE', { at: '[0].name' }],
    [[{ id: ID, expiresAt: 'tomorrow' }], 'INVALID_VALUE', { at: '[0].expiresAt' }],
    [['a', { name: 'b', notBefore: 7 }], 'INVALID_VALUE', { at: '[1].notBefore' }],
    [['a b'], 'INVALID_VALUE', { at: '[0]' }],
    [['é'], 'INVALID_VALUE', { at: '[0]' }],
    [['a"b'], 'INVALID_VALUE', { at: '[0]' }],
  ],
};
const resource: Accepted = {
  accept: [
    { id: ID },
    { id: ID.toUpperCase() },
    { name: 'Reports' },
    { id: ID, name: 'Reports', extra: [] },
    { id: null, name: 'Reports' },
    { id: ID, name: null },
  ],
  refuse: [
    [undefined, 'REQUIRED_VALUE'],
    [ID, 'INVALID_VALUE'],
    [[{ id: ID }], 'INVALID_VALUE'],
    [{}, 'REQUIRED_VALUE', { at: '.id' }],
    [{ id: null }, 'REQUIRED_VALUE', { at: '.id' }],
    [{ id: 'reports' }, 'INVALID_VALUE', { at: '.id' }],
    [{ id: 'reports', name: 'Reports' }, 'INVALID_VALUE', { at: '.id' }],
    [{ name: '' }, 'EMPTY_VALUE', { at: '.name' }],
  ],
};
const date: Accepted = {
  accept: [
    undefined,
    '2031-05-01T12:00:00Z',
    '2031-05-01T12:00:00.5Z',
    '2031-05-01T12:00:00.123456789Z',
    '2031-05-01T12:00:00+14:00',
    '2032-02-29T23:59:59Z',
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ],
  refuse: [
    0,
    1_900_000_000_000,
    '',
    'tomorrow',
    '2031-05-01',
    '2031-05-01T12:00Z',
    '2031-05-01T12:00:00',
    '2031-05-01 12:00:00Z',
    '2031-02-29T00:00:00Z',
    '2031-05-01T24:00:00Z',
    '2031-05-01T12:00:60Z',
    '2031-05-01T12:00:00Z\n',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-00:01',
    '+012031-05-01T12:00:00Z',
    { date: '2031-05-01T12:00:00Z' },
  ].map((value): Refused => [value, 'INVALID_VALUE']),
};
const dates = { notBefore: date, expiresAt: date };
const moment = (expiresAt: unknown) => ({ expiresAt });

const environment = {
  body: { name: 'test' },
  members: {
    name,
    description,
    type: choice(['PRODUCTION', 'SANDBOX'], 'SANDBOX'),
    region: { accept: [undefined, 'EU', 'NA', 'eu-central', ...name.accept], refuse: name.refuse.slice(1) },
    license: {
      accept: [undefined, { id: ID }, { id: ID.toUpperCase(), name: 'Trial' }],
      refuse: [
        ['Trial', 'INVALID_VALUE'],
        [[], 'INVALID_VALUE'],
        [{}, 'REQUIRED_VALUE', { at: '.id' }],
        [{ id: 'trial' }, 'INVALID_VALUE', { at: '.id' }],
      ],
    },
  },
} satisfies CommandCases;
const application = {
  body: {
    name: 'Reader',
    enabled: true,
    type: 'WORKER',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  },
  members: {
    name,
    description,
    enabled: {
      accept: [true, false],
      refuse: [
        [undefined, 'REQUIRED_VALUE'],
        ['true', 'INVALID_VALUE'],
        [1, 'INVALID_VALUE'],
        [[], 'INVALID_VALUE'],
      ],
    },
    type: choice(['WEB_APP', 'NATIVE_APP', 'SINGLE_PAGE_APP', 'WORKER', 'SERVICE', 'CUSTOM_APP']),
    protocol: choice(['OPENID_CONNECT']),
    tokenEndpointAuthMethod: choice([
      'NONE',
      'CLIENT_SECRET_BASIC',
      'CLIENT_SECRET_POST',
      'PRIVATE_KEY_JWT',
      'CLIENT_SECRET_JWT',
    ]),
    grantTypes: choices([
      'AUTHORIZATION_CODE',
      'IMPLICIT',
      'REFRESH_TOKEN',
      'CLIENT_CREDENTIALS',
      'DEVICE_CODE',
      'TOKEN_EXCHANGE',
      'CIBA',
    ]),
    responseTypes: choices(['CODE', 'TOKEN', 'ID_TOKEN']),
    redirectUris,
    postLogoutRedirectUris: redirectUris,
    pkceEnforcement: choice(['OPTIONAL', 'REQUIRED', 'S256_REQUIRED'], 'OPTIONAL'),
    trustScope: choice(['Account', 'Tags', 'Explicit'], 'Explicit'),
    allowedTags: tags,
    requestScopesForMultipleResourcesEnabled: {
      default: false,
      accept: [true, false],
      refuse: [
        ['true', 'INVALID_VALUE'],
        [1, 'INVALID_VALUE'],
        [[], 'INVALID_VALUE'],
      ],
    },
  },
} satisfies CommandCases;
/** Given elsewhere, by the domain whose tokens name it. */
const id: Accepted = {
  accept: [undefined, ID, ID.toUpperCase(), '00000000-0000-0000-0000-000000000000'],
  refuse: [
    ...NO_TEXT,
    ['', 'INVALID_VALUE'],
    ['reader', 'INVALID_VALUE'],
    [ID.replaceAll('-', ''), 'INVALID_VALUE'],
    [`${ID}\n`, 'INVALID_VALUE'],
    [` ${ID}`, 'INVALID_VALUE'],
    [`{${ID}}`, 'INVALID_VALUE'],
    [`urn:uuid:${ID}`, 'INVALID_VALUE'],
    [ID.replace('0', '０'), 'INVALID_VALUE'],
  ],
};

const stays = ({ accept, refuse }: Accepted): Accepted => ({ default: undefined, accept, refuse });

const resourceCases = {
  body: { name: 'Reports' },
  members: {
    name,
    description,
    audience: {
      default: 'Reports',
      accept: ['a', 'https://api.example/', 'a b', long(2048)],
      refuse: [...NO_TEXT, ['', 'EMPTY_VALUE'], [long(2049), 'SIZE_LIMIT_EXCEEDED', atMost(2048)], ...UNSEEN],
    },
    type: {
      default: 'CUSTOM',
      accept: ['CUSTOM'],
      refuse: ['OPENID_CONNECT', 'PINGONE_API', 'custom', ''].map(
        (value): Refused => [value, 'INVALID_VALUE', allowed('CUSTOM')],
      ),
    },
    accessTokenValiditySeconds: {
      default: 3600,
      accept: [300, 301, 3600, 2_592_000],
      refuse: [
        [299, 'OUT_OF_RANGE', { innerError: { rangeMinimumValue: 300 } }],
        [0, 'OUT_OF_RANGE', { innerError: { rangeMinimumValue: 300 } }],
        [-3600, 'OUT_OF_RANGE', { innerError: { rangeMinimumValue: 300 } }],
        [2_592_001, 'OUT_OF_RANGE', { innerError: { rangeMaximumValue: 2_592_000 } }],
        [3600.5, 'INVALID_VALUE'],
        [Number.POSITIVE_INFINITY, 'INVALID_VALUE'], // 1e999
        ['3600', 'INVALID_VALUE'],
        [true, 'INVALID_VALUE'],
        [[3600], 'INVALID_VALUE'],
      ],
    },
    introspectEndpointAuthMethod: choice(['NONE', 'CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST'], 'CLIENT_SECRET_BASIC'),
    applicationPermissionsSettings: {
      default: { claimEnabled: false },
      accept: [{ claimEnabled: true }, { claimEnabled: false }, { claimEnabled: null }],
      refuse: [
        [true, 'INVALID_VALUE'],
        [[], 'INVALID_VALUE'],
        [{ claimEnabled: 'true' }, 'INVALID_VALUE', { at: '.claimEnabled' }],
        [{ claimEnabled: 1 }, 'INVALID_VALUE', { at: '.claimEnabled' }],
      ],
    },
    tags,
    secondaryAudiences: uris,
  },
} satisfies CommandCases;

/** Fact sheet §2, member by member. */
export const COMMAND_CASES = {
  environment,
  newEnvironment: { ...environment, members: { ...environment.members, id } },
  resource: resourceCases,
  replaceResource: {
    ...resourceCases,
    members: { ...resourceCases.members, tags: stays(tags), secondaryAudiences: stays(uris) },
  },
  scope: {
    body: { name: 'reports:read' },
    members: {
      name: {
        accept: [
          'a',
          'p1:read:self:user',
          'urn:opc:resource:consumer:paas:analytics::read',
          "!#$%&'()*+,-./:;<=>?@[]^_`{|}~",
          ID,
          long(256),
        ],
        refuse: [
          [undefined, 'REQUIRED_VALUE'],
          ...NO_TEXT,
          ['', 'EMPTY_VALUE'],
          [long(257), 'SIZE_LIMIT_EXCEEDED', atMost(256)],
          ...UNSEEN,
          [' ', 'INVALID_VALUE'],
          ['a b', 'INVALID_VALUE'],
          ['a"', 'INVALID_VALUE'],
          ['a\\', 'INVALID_VALUE'],
          ['é', 'INVALID_VALUE'],
        ],
      },
      description,
    },
  },
  application,
  replaceApplication: {
    ...application,
    members: {
      ...application.members,
      trustScope: stays(application.members.trustScope),
      allowedTags: stays(application.members.allowedTags),
    },
  },
  newApplication: { ...application, members: { ...application.members, id } },
  grant: { body: { resource: { id: ID }, scopes: ['a'] }, members: { resource, scopes, ...dates } },
  resourceGrant: {
    body: { application: { id: ID }, scopes: ['a'] },
    members: {
      application: {
        accept: [{ id: ID }],
        refuse: [
          [undefined, 'REQUIRED_VALUE'],
          [ID, 'INVALID_VALUE'],
          [{}, 'REQUIRED_VALUE', { at: '.id' }],
          [{ name: 'Reader' }, 'REQUIRED_VALUE', { at: '.id' }],
          [{ id: 'Reader' }, 'INVALID_VALUE', { at: '.id' }],
          [{ id: 1 }, 'INVALID_VALUE', { at: '.id' }],
        ],
      },
      resource: {
        accept: [undefined, { id: ID }],
        refuse: [
          [{ name: 'Reports' }, 'REQUIRED_VALUE', { at: '.id' }],
          [{ id: `${ID}\n` }, 'INVALID_VALUE', { at: '.id' }],
        ],
      },
      scopes,
      ...dates,
    },
  },
  grantScopes: { body: { scopes: ['a'] }, members: { scopes } },
  grantSet: {
    body: { grants: [] },
    members: {
      grants: {
        accept: [
          [],
          [{ resource: { id: ID }, scopes: ['a'] }],
          many(200, { resource: { name: 'Reports' }, scopes: many(5, 'a') }),
          [{ resource: { id: ID }, scopes: many(1000, 'a') }],
        ],
        refuse: [
          [undefined, 'REQUIRED_VALUE'],
          [{}, 'INVALID_VALUE'],
          [many(201, { resource: { id: ID }, scopes: ['a'] }), 'SIZE_LIMIT_EXCEEDED', atMost(200)],
          [many(2, { resource: { id: ID }, scopes: many(501, 'a') }), 'SIZE_LIMIT_EXCEEDED'],
          [[null], 'INVALID_VALUE', { at: '[0]' }],
          [[{ resource: { id: ID } }], 'REQUIRED_VALUE', { at: '[0].scopes' }],
          [[{ scopes: ['a'] }], 'REQUIRED_VALUE', { at: '[0].resource' }],
          [[{ resource: { id: ID }, scopes: [] }], 'EMPTY_VALUE', { at: '[0].scopes' }],
          [
            [
              { resource: { id: ID }, scopes: ['a'] },
              { resource: { id: ID }, scopes: ['a', 'a b'] },
            ],
            'INVALID_VALUE',
            { at: '[1].scopes[1]' },
          ],
        ],
      },
    },
  },
  revocation: {
    body: {},
    members: {
      subject: { accept: [undefined, ...name.accept], refuse: name.refuse.slice(1) },
      notBefore: {
        accept: [undefined, '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123+02:00'],
        refuse: [...NO_TEXT, ...['', 'yesterday', '2020-01-01', '2020-13-01T00:00:00Z'].map(invalidValue)],
      },
    },
  },
  newSecret: { body: { name: 'blue' }, members: { name, expiresAt: date } },
  secret: {
    body: {},
    members: {
      previous: {
        accept: [
          undefined,
          moment('2030-01-01T00:00:00Z'),
          moment('2030-01-01T00:00:00.123456789Z'),
          moment('2028-02-29T23:59:59+23:59'),
          moment('0000-01-01T00:00:00+01:00'),
          moment('9999-12-31T23:59:59-01:00'),
        ],
        refuse: [
          ['2030-01-01T00:00:00Z', 'INVALID_VALUE'],
          [{}, 'REQUIRED_VALUE', { at: '.expiresAt' }],
          [moment(null), 'REQUIRED_VALUE', { at: '.expiresAt' }],
          ...[
            0,
            1_900_000_000_000,
            '',
            'tomorrow',
            '2030-01-01',
            '2030-01-01T00:00Z',
            '2030-01-01T00:00:00',
            '2030-01-01 00:00:00Z',
            '2030-13-01T00:00:00Z',
            '2030-02-29T00:00:00Z',
            '2030-04-31T00:00:00Z',
            '2030-01-01T24:00:00Z',
            '2030-01-01T00:00:60Z',
            '2030-01-01T00:00:00+24:00',
            '+012030-01-01T00:00:00Z',
            '2030-01-01T00:00:00Z\n',
            '２０３０-01-01T00:00:00Z',
          ].map((value): Refused => [moment(value), 'INVALID_VALUE', { at: '.expiresAt' }]),
        ],
      },
    },
  },
} as const satisfies Readonly<Record<string, CommandCases>>;
