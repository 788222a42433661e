// The data that stores take are what the bodies of the admin API are read as: compiled by `npm run types`, never run.
import type { z } from 'zod';
import type * as application from '../../lib/admin/commands/application.js';
import type * as environment from '../../lib/admin/commands/environment.js';
import type { tag } from '../../lib/admin/commands/fields.js';
import type { grantCommand } from '../../lib/admin/commands/grant.js';
import type { resourceCommand } from '../../lib/admin/commands/resource.js';
import type { scopeCommand } from '../../lib/admin/commands/scope.js';
import type * as data from '../../lib/grants/commands.js';

type DeepReadonly<Type> = Type extends object ? { readonly [Member in keyof Type]: DeepReadonly<Type[Member]> } : Type;
type IsSame<A, B> = (<Type>() => Type extends A ? 1 : 2) extends <Type>() => Type extends B ? 1 : 2 ? true : false;
/** Compares member by member, since a mapped type is not an interface. */
type IsRead<Schema extends z.ZodType, Data> = IsSame<DeepReadonly<z.output<Schema>>, DeepReadonly<Data>>;

export const areRead: readonly true[] = [
  true satisfies IsRead<typeof environment.environmentCommand, data.EnvironmentCommand>,
  true satisfies IsRead<typeof environment.newEnvironmentCommand, data.NewEnvironmentCommand>,
  true satisfies IsRead<typeof resourceCommand, data.ResourceCommand>,
  true satisfies IsRead<typeof scopeCommand, data.ScopeCommand>,
  true satisfies IsRead<typeof application.applicationCommand, data.ApplicationCommand>,
  true satisfies IsRead<typeof application.newApplicationCommand, data.NewApplicationCommand>,
  true satisfies IsRead<typeof application.newSecretCommand, data.NewSecretCommand>,
  true satisfies IsRead<typeof grantCommand, data.GrantCommand>,
  true satisfies IsRead<typeof tag, data.Tag>,
];

// @ts-expect-error the comparison finds an optional member
true satisfies IsRead<typeof scopeCommand, { readonly name: string }>;
// @ts-expect-error and a wider type
true satisfies IsRead<typeof scopeCommand, { readonly name: unknown; readonly description?: string | undefined }>;
