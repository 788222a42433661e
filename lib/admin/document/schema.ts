import { z } from 'zod';
import { type GrantDates, LIMITS } from '../../grants/commands.js';
import { completeApplication, completeEnvironment, completeResource } from '../../grants/defaults.js';
import { applicationCommand } from '../commands/application.js';
import { environmentCommand } from '../commands/environment.js';
import { givenId, list, name, tag } from '../commands/fields.js';
import { dates } from '../commands/grant.js';
import { resourceCommand } from '../commands/resource.js';
import { scopeCommand, scopeName } from '../commands/scope.js';

/** The members of each kind of object, with the defaults of a creation. The objects of a document have no others. */

const strictTags = list(z.strictObject(tag.shape)).default([]);

const license = z.strictObject(environmentCommand.shape.license.unwrap().shape).optional();
const environment = withDefaults({ ...environmentCommand.shape, license }, completeEnvironment({ name: '' }));

const { audience, ...otherMembers } = resourceCommand.in.shape;
const settings = z.strictObject(otherMembers.applicationPermissionsSettings.unwrap().shape);
const resource = withDefaults(
  { ...otherMembers, applicationPermissionsSettings: settings, tags: strictTags },
  completeResource({ name: '' }),
);

const application = withDefaults(
  { ...applicationCommand.shape, allowedTags: strictTags },
  completeApplication({ name: '' }),
);

const grantedScope = z.union([scopeName, inOrder(z.strictObject({ name: scopeName, ...dates }))]);

const grant = inOrder(
  z.strictObject({
    resource: name.meta({
      description: 'The name of a resource: of the document, of the environment, or a built-in one.',
    }),
    scopes: z.array(grantedScope).min(1).max(LIMITS.scopesOfGrant).meta({
      description: 'Scopes of the resource, by name, with dates where one has its own: all that the grant has.',
    }),
    ...dates,
  }),
);

function inOrder<Schema extends z.ZodType<GrantDates>>(schema: Schema): Schema {
  const expectation = 'must be after notBefore';
  return schema.refine(
    ({ notBefore, expiresAt }) =>
      notBefore === undefined || expiresAt === undefined || Date.parse(notBefore) < Date.parse(expiresAt),
    { path: ['expiresAt'], params: { expectation } },
  );
}

export const documentSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: 'For editors: where this JSON Schema is.' }),
  environment: z.strictObject({ ...environment, ...givenId }),
  resources: z
    .array(z.strictObject({ ...resource, audience, scopes: z.array(z.strictObject(scopeCommand.shape)).default([]) }))
    .default([]),
  applications: z
    .array(
      z.strictObject({
        ...application,
        ...givenId,
        grants: z.array(grant).max(LIMITS.grantsOfApplication).default([]),
      }),
    )
    .default([]),
});

export type ParsedDocument = z.output<typeof documentSchema>;

/** The names of the members that a document may have, in the order in which they are exported. */
export const MEMBERS = {
  environment: Object.keys(environment),
  resource: ['name', 'description', 'audience', ...Object.keys(resource)],
  scope: Object.keys(scopeCommand.shape),
  application: Object.keys(application),
} as const;

/** What a creation completes is optional here. */
function withDefaults<Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape, defaults: object): Shape {
  const members = Object.entries(shape).map(([member, schema]) => {
    const preset = member === 'name' ? undefined : (defaults as Readonly<Record<string, unknown>>)[member];
    return [member, preset === undefined ? schema : (schema as z.ZodType<unknown>).default(preset)];
  });
  return Object.fromEntries(members);
}
