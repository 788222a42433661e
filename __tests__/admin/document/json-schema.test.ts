import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describeDocument } from '../../../lib/admin/document/json-schema.js';
import { FULL_DOCUMENT } from './fixtures/documents.js';

const schema = JSON.parse(JSON.stringify(describeDocument()));
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const isValid = ajv.compile(schema);

test('the JSON Schema accepts a document with every member', () => {
  expect(isValid(FULL_DOCUMENT) ? [] : isValid.errors).toEqual([]);
  expect(isValid({ environment: { name: 'Shop' } })).toBe(true);
});

test('the JSON Schema refuses an unknown member at every level', () => {
  const open: string[] = [];
  const visit = (part: unknown, path: string): void => {
    if (typeof part !== 'object' || part === null) return;
    const { type, additionalProperties } = part as { type?: string; additionalProperties?: boolean };
    if (type === 'object' && additionalProperties !== false) open.push(path);
    for (const [name, each] of Object.entries(part)) visit(each, `${path}/${name}`);
  };
  visit(schema, '');

  expect(open).toEqual([]);
});

test('the JSON Schema shows the defaults of a creation', () => {
  const { applications, resources } = schema.properties;

  expect(applications.items.required).toEqual(['name']);
  expect(applications.items.properties.grantTypes.default).toEqual(['CLIENT_CREDENTIALS']);
  expect(resources.items.required).toEqual(['name']);
  expect(resources.items.properties.accessTokenValiditySeconds.default).toBe(3600);
});
