import fc from 'fast-check';
import { decide } from '../../lib/decision/decide.js';
import { resolveTokenRequest } from '../../lib/issuance/resolve-token-request.js';
import type { TokenGrant, TokenRequest } from '../../lib/issuance/token-request.js';
import { covers } from '../../lib/scope/covers.js';
import { longRuns, tryEachProperty } from '../support/property-runs.js';
import { DEVICE } from './fixtures/cases.js';
import { mayDo, requiredAt, splits, tokenRequest } from './fixtures/model.js';

tryEachProperty(longRuns(2500));

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const ALL = 'urn:opc:resource:consumer::all';

/** Checks what is issued, and that enough was, for the property to say something. */
function issued(check: (token: TokenGrant, request: TokenRequest) => void): void {
  let tokens = 0;
  fc.assert(
    fc.property(tokenRequest, (request) => {
      const answer = resolveTokenRequest(request);
      if (!answer.ok) return;
      tokens++;
      check(answer, request);
    }),
  );
  expect(tokens).toBeGreaterThan(longRuns(400));
}

const audiencesOf = ({ audience }: TokenGrant): readonly string[] => [audience].flat() as string[];

test('an issued token opens only what the grants cover', () => {
  issued((token, request) => {
    for (const audience of audiencesOf(token)) {
      for (const required of requiredAt(request, audience)) {
        const { effect } = decide({ held: token.scope, required });
        const isCovered = effect === 'deny' || mayDo(request, audience, required);
        expect({ audience, required, isCovered }).toEqual({ audience, required, isCovered: true });
      }
    }
  });
});

test('every issued scope is granted, within reach, or needs no grant', () => {
  issued(({ scope }, { grants, resources }) => {
    const granted = grants.flatMap(({ scopes }) => scopes.map(({ name }) => name));
    const inReach = granted.includes(ALL) ? resources.flatMap(({ scopes = [] }) => scopes) : [];
    for (const each of scope.split(' ')) {
      const known =
        ['openid', 'offline_access'].includes(each) || [...granted, ...inReach].some((name) => covers(name, each));
      expect({ each, known }).toEqual({ each, known: true });
      if (each.startsWith('urn:opc:idm:')) expect(granted).toContain(each);
    }
  });
});

test('consumer::all is issued with no other scope than offline_access', () => {
  issued(({ scope }) => {
    const scopes = scope.split(' ');
    if (scopes.includes(ALL)) expect(scopes.filter((each) => each !== ALL && each !== 'offline_access')).toEqual([]);
  });
});

test('a token contains only requested scopes, each once', () => {
  issued(({ scope }, request) => {
    const scopes = scope.split(' ');
    expect(new Set(scopes).size).toBe(scopes.length);
    if (
      request.scope === undefined ||
      /(^| )(offline_access|urn:opc:resource:expiry=600)( offline_access)?$/.test(request.scope)
    )
      return;
    const requested = request.scope.split(' ');
    for (const each of scopes) {
      const isRequested = requested.some((name) => name.endsWith(each));
      expect(isRequested || (each.startsWith('urn:opc:idm:') && requested.includes(MY_SCOPES))).toBe(true);
    }
  });
});

test('a refresh token is issued only on request, when allowed, and with offline_access', () => {
  issued(({ scope, refreshToken }, { grantType, scope: requested = '', application }) => {
    if (grantType === 'refresh_token') return expect(refreshToken).toBe(true);
    const may =
      !['client_credentials', 'implicit'].includes(grantType) && application.grantTypes.includes('REFRESH_TOKEN');
    expect(refreshToken).toBe(may && requested.split(' ').includes('offline_access'));
    expect(scope.split(' ').includes('offline_access')).toBe(refreshToken);
  });
});

test('a token lives no longer than its resources or the requested expiry allow', () => {
  issued(({ lifetime }, { resources, scope = '' }) => {
    const bounds = [...resources.map((each) => each.accessTokenValiditySeconds), 3600, 600];
    expect(bounds).toContain(lifetime);
    if (scope.includes('expiry=600')) expect(lifetime).toBeLessThanOrEqual(600);
  });
});

test('users get no environment scopes, and clients get no self scopes', () => {
  issued(({ scope }, { grantType }) => {
    const wrong = grantType === 'client_credentials' ? 'p1:read:self:user' : 'p1:read:env:user';
    expect(scope.split(' ')).not.toContain(wrong);
  });
});

test('a refresh opens nothing that the original request would not open', () => {
  let refreshed = 0;
  issued((token, request) => {
    if (request.refreshed === undefined) return;
    const { refreshed: original, ...rest } = request;
    const before = resolveTokenRequest({ ...rest, ...original });
    if (!before.ok) return; // a part of it may still be had, when it is asked for
    refreshed++;
    const builtIn = request.resources
      .filter(({ type }) => type !== 'CUSTOM')
      .flatMap((each) => [each.audience, ...(each.secondaryAudiences ?? [])]);
    expect(['openid', ...audiencesOf(before), ...builtIn]).toEqual(expect.arrayContaining([...audiencesOf(token)]));
    for (const required of audiencesOf(token).flatMap((audience) => requiredAt(request, audience))) {
      if (decide({ held: token.scope, required }).effect === 'deny') continue;
      expect(decide({ held: before.scope, required }).effect).toBe('permit');
    }
  });
  expect(refreshed).toBeGreaterThan(longRuns(20));
});

/** The same application, granted admin scopes as well, and asking for them. */
function administered(request: TokenRequest): TokenRequest {
  const [first, ...others] = request.grants;
  if (first === undefined || request.refreshed === undefined) return request;
  const admin = [MY_SCOPES, 'urn:opc:idm:t.user.me', 'urn:opc:idm:g.all_r'].map((name) => ({ name }));
  const grants = [{ ...first, scopes: [...first.scopes, ...admin] }, ...others];
  return { ...request, grants, refreshed: { ...request.refreshed, scope: `${MY_SCOPES} offline_access` } };
}

test('a refresh adds no scope to those of the original token despite later grants', () => {
  let refreshed = 0;
  let more = 0;
  fc.assert(
    fc.property(tokenRequest, fc.infiniteStream(fc.boolean()), fc.boolean(), (drawn, wasGranted, isAdmin) => {
      const request = isAdmin ? administered(drawn) : drawn;
      const { refreshed: asked, ...now } = request;
      // A granted name that is spelt like an audience and a scope changes what those mean.
      if (asked === undefined || /http:\/\/rs\/read/.test(`${asked.scope} ${request.scope}`)) return;
      // What the original request was not given, being of the platform, may be granted at another resource by now.
      const platform = request.resources.filter(({ type }) => type === 'PINGONE_API');
      const names = asked.scope.split(' ');
      if (platform.some(({ scopes = [] }) => scopes.some((held) => names.some((name) => covers(held, name))))) return;
      const then = request.grants.map(({ resourceId, scopes }) => ({
        resourceId,
        scopes: scopes.filter(() => wasGranted.next().value),
      }));
      const before = resolveTokenRequest({ ...now, ...asked, grants: then });
      if (!before.ok) return;
      const stands = asked.scope.includes(MY_SCOPES) ? before.scope : asked.scope;
      for (const again of [request.scope, undefined, MY_SCOPES]) {
        const answer = resolveTokenRequest({ ...request, scope: again, refreshed: { ...asked, scope: stands } });
        if (!answer.ok) continue;
        refreshed++;
        if (asked.scope.includes(MY_SCOPES)) more++;
        for (const each of answer.scope.split(' ')) {
          const isCovered = before.scope.split(' ').some((name) => covers(name, each));
          expect({ each, isCovered }).toEqual({ each, isCovered: true });
        }
      }
    }),
  );
  expect(refreshed).toBeGreaterThan(longRuns(100));
  expect(more).toBeGreaterThan(longRuns(100));
});

test('a token with a consented audience has no other audience, and opens nothing there that was not consented to', () => {
  let tokens = 0;
  let refused = 0;
  const moved = fc.constantFrom(undefined, undefined, 'http://rs/', 'http://rs/v1', 'rs');
  fc.assert(
    fc.property(
      tokenRequest,
      fc.infiniteStream(fc.boolean()),
      fc.infiniteStream(moved),
      fc.boolean(),
      (request, wasGranted, audiences, isRefresh) => {
        const scope = request.scope ?? request.refreshed?.scope;
        const grants = request.grants.map(({ resourceId, scopes }) => ({
          resourceId,
          scopes: scopes.filter(() => wasGranted.next().value),
        }));
        const then = { ...request, grantType: 'authorization_code', scope, refreshed: undefined, grants };
        const before = resolveTokenRequest(then);
        if (!before.ok) return;
        const resources = request.resources.map((each) => ({
          ...each,
          audience: audiences.next().value ?? each.audience,
        }));
        const now = isRefresh
          ? { grantType: 'refresh_token', scope: undefined, refreshed: { grantType: DEVICE, scope: before.scope } }
          : { grantType: 'authorization_code', scope: before.scope, refreshed: undefined };
        const answer = resolveTokenRequest({ ...request, ...now, resources, consentedAudience: before.audience });
        if (!answer.ok) {
          refused++;
          return;
        }
        tokens++;
        expect(audiencesOf(before)).toEqual(expect.arrayContaining([...audiencesOf(answer)]));
        for (const each of answer.scope.split(' ')) {
          const consented = before.scope.split(' ');
          // Until the code is redeemed, this scope stands for all admin scopes of that moment.
          const isAdminScope = !isRefresh && consented.includes(MY_SCOPES) && each.startsWith('urn:opc:idm:');
          const isConsented = isAdminScope || consented.some((name) => covers(name, each));
          expect({ each, isConsented }).toEqual({ each, isConsented: true });
        }
      },
    ),
  );
  expect(tokens).toBeGreaterThan(longRuns(100));
  expect(refused).toBeGreaterThan(longRuns(30));
});

test('a token for requested resources is for each of them and their secondary audiences, and opens only what is granted', () => {
  let tokens = 0;
  fc.assert(
    fc.property(tokenRequest, fc.nat(), fc.boolean(), (drawn, first, isAlone) => {
      const uris = ['urn:opc:resource:scope:account', ...drawn.resources.map(({ audience }) => audience)].filter(
        (each) => each.includes(':'),
      );
      const resource = [0, 1].slice(0, isAlone ? 1 : 2).map((next) => uris[(first + next) % uris.length] as string);
      const request = { ...drawn, resource };
      const answer = resolveTokenRequest(request);
      if (!answer.ok) return;
      tokens++;
      const named = request.resources.filter(({ audience }) => resource.includes(audience));
      const allowed = [...resource, ...named.flatMap(({ secondaryAudiences = [] }) => secondaryAudiences)];
      expect(audiencesOf(answer)).toEqual(expect.arrayContaining(resource));
      expect(allowed).toEqual(expect.arrayContaining([...audiencesOf(answer)]));
      for (const audience of audiencesOf(answer)) {
        for (const required of requiredAt(request, audience)) {
          const isCovered =
            decide({ held: answer.scope, required }).effect === 'deny' || mayDo(request, audience, required);
          expect({ audience, required, isCovered }).toEqual({ audience, required, isCovered: true });
        }
      }
    }),
  );
  expect(tokens).toBeGreaterThan(longRuns(50));
});

test('resolving is repeatable, changes nothing, and ignores repeated resources', () => {
  fc.assert(
    fc.property(tokenRequest, (request) => {
      const copy = structuredClone(request);
      const answer = resolveTokenRequest(request);
      expect(request).toEqual(copy);
      expect(resolveTokenRequest({ ...request, resources: [...request.resources, ...request.resources] })).toEqual(
        answer,
      );
    }),
  );
});

/** Whether one of the resources that a split means grants its scope. */
function isGrantedBy({ grants }: TokenRequest, { owners, scope }: ReturnType<typeof splits>[number]): boolean {
  return grants.some(
    ({ resourceId, scopes }) =>
      owners.some(({ id }) => id === resourceId) && scopes.some(({ name }) => covers(name, scope)),
  );
}

test('a fully qualified scope is split at the longest matching audience', () => {
  let split = 0;
  fc.assert(
    fc.property(tokenRequest, (request) => {
      const granted = request.grants.flatMap(({ scopes }) => scopes.map(({ name }) => name));
      for (const { audience, scopes = [] } of request.resources) {
        for (const name of scopes.map((scope) => `${audience}${scope}`)) {
          const [meant] = splits(request, name);
          if (granted.some((held) => covers(held, name)) || name === 'openid' || meant === undefined) continue;
          const answer = resolveTokenRequest({
            ...request,
            grantType: 'authorization_code',
            refreshed: undefined,
            scope: name,
          });
          if (!answer.ok) continue;
          if (answer.scope === name) {
            // A scope of that very name, which needs no grant, where the application is not granted the other.
            const isGranted = isGrantedBy(request, meant);
            expect({ isGranted, hasRoot: granted.includes(ALL) }).toEqual({ isGranted: false, hasRoot: true });
            continue;
          }
          split++;
          expect([answer.scope, audiencesOf(answer)[0]]).toEqual([meant.scope, meant.audience]);
        }
      }
    }),
  );
  expect(split).toBeGreaterThan(longRuns(200));
});
