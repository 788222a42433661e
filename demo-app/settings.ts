import type { OciDomainOptions } from 'scopegate';

/** The settings, from environment variables. */
export interface Settings {
  readonly port: number;
  /** The domain whose tokens are accepted. Default: the local authorization server. */
  readonly domain?: OciDomainOptions;
  readonly adminScope?: string;
  /** Where grants are kept: a file, or the address of a PostgreSQL database. */
  readonly database: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Error} with a sentence that names the variable to correct */
export function readSettings(env: Environment): Settings {
  const domain = readDomain(env);
  return {
    port: readPort(env.PORT || '3000'),
    ...(domain && { domain }),
    ...(env.ADMIN_SCOPE && { adminScope: env.ADMIN_SCOPE }),
    database: env.DATABASE || 'scopegate-demo.db',
  };
}

function readPort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new Error(`PORT must be a number from 0 to 65535, not "${text}".`);
}

function readDomain(env: Environment): OciDomainOptions | undefined {
  const { OCI_DOMAIN_URL: url, OCI_TENANT: tenant, OCI_CLIENT_ID: clientId, OCI_CLIENT_SECRET: clientSecret } = env;
  const { OCI_ISSUER: issuer } = env;
  if (!url && !tenant && !issuer && !clientId && !clientSecret) return undefined;
  if (!url) {
    throw new Error(
      'OCI_DOMAIN_URL is missing: the address of the domain, such as https://idcs-0a1b.identity.oraclecloud.com',
    );
  }
  if (!tenant)
    throw new Error('OCI_TENANT is missing: the tenant that the tokens of the domain name, such as idcs-0a1b');
  if (!URL.canParse(url)) throw new Error('OCI_DOMAIN_URL must be an absolute address.');
  const domain = { url, tenant, ...(issuer && { issuer }) };
  if (!clientId && !clientSecret) return domain;
  if (!clientId) throw new Error('OCI_CLIENT_ID is missing: it goes with OCI_CLIENT_SECRET.');
  if (!clientSecret) throw new Error('OCI_CLIENT_SECRET is missing: it goes with OCI_CLIENT_ID.');
  return { ...domain, keyCredentials: { clientId, clientSecret } };
}
