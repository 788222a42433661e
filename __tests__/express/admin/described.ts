import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A request to the router and what came back; `path` begins at the router, without the query. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly search: URLSearchParams;
  /** The body, before it became JSON, of a request that was accepted. */
  readonly sent?: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Media {
  readonly content?: { readonly 'application/json': { readonly schema: object; readonly example?: object } };
}
export interface DescribedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly description: string;
  readonly parameters?: readonly { in: string; name: string; required?: boolean; schema: object }[];
  readonly requestBody?: Required<Media> & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Media & { readonly description: string }>>;
}
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** Compares exchanges with what a document says of them. */
export interface Described {
  readonly document: OpenApi;
  /** What the document does not allow of an exchange; empty where it is as described. */
  faults(exchange: Exchange): string[];
}

export function describedBy(document: OpenApi): Described {
  const ajv = new Ajv2020({ strict: false, code: { optimize: false } });
  const lenient = new Ajv2020({ strict: false, coerceTypes: true });
  for (const each of [ajv, lenient]) addFormats.default(each);
  // Each component is a schema of its own name, so that it is compiled once.
  const { components, paths }: OpenApi = JSON.parse(
    JSON.stringify(document).replaceAll('"$ref":"#/components/schemas/', '"$ref":"api:'),
  );
  for (const [name, schema] of Object.entries(components.schemas)) ajv.addSchema(schema, `api:${name}`);
  const templates = Object.keys(paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
  }));

  function faultsAt(schema: object | undefined, value: unknown, what: string): string[] {
    if (schema === undefined) return [`${what} is not described`];
    const validate = ajv.compile(schema); // kept by ajv, for this very object
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${what}${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  }

  function operationAt(method: string, path: string): DescribedOperation | undefined {
    const template = templates.find(({ pattern }) => pattern.test(path))?.template;
    const verb = method.toLowerCase() === 'head' ? 'get' : method.toLowerCase();
    return template === undefined ? undefined : paths[template]?.[verb];
  }

  /** What was accepted must be what the document lets a client send. */
  function faultsOfRequest({ method, path, search, sent }: Exchange): string[] {
    const operation = operationAt(method, path);
    if (operation === undefined) return [`accepts ${method} ${path}, which is not described`];
    const known = new Map(operation.parameters?.filter((each) => each.in === 'query').map((each) => [each.name, each]));
    const strangers = [...search].flatMap(([name, value]) => {
      const parameter = known.get(name);
      if (parameter === undefined) return [`accepts the parameter ${name}, which is not described`];
      return lenient.validate(parameter.schema, value) ? [] : [`accepts ${name}=${value}`];
    });
    const { requestBody } = operation;
    if (requestBody === undefined || (sent === undefined && !requestBody.required)) return strangers;
    return [...strangers, ...faultsAt(schemaOf(requestBody), sent, 'the request, which was accepted,')];
  }

  function faultsOfAnswer({ method, path, status, text }: Exchange): string[] {
    const operation = operationAt(method, path);
    if (operation === undefined) {
      return text === '' ? [] : faultsAt(components.schemas.Problem, JSON.parse(text), 'the answer');
    }
    const response = operation.responses[status];
    if (response === undefined) return [`answers ${status}, which is not described`];
    if (response.content === undefined || method === 'HEAD') return text === '' ? [] : [`${status} has a body`];
    return text === '' ? [`${status} has no body`] : faultsAt(schemaOf(response), JSON.parse(text), 'the answer');
  }

  return {
    document,
    faults: (exchange) => [
      ...faultsOfAnswer(exchange),
      ...(exchange.status < 300 && exchange.method !== 'OPTIONS' ? faultsOfRequest(exchange) : []),
    ],
  };
}

const schemaOf = ({ content }: Media) => content?.['application/json'].schema;
