/** The parts of the OpenAPI document that the page shows. */
export interface ShownDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface ShownOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly { readonly oauth2: readonly string[] }[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema: { readonly description?: string };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/** Nothing but the style sheet beside the page, and no page of others around it. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The description of the API as a page, without scripts.
 *
 * @param root the relative address of the router, such as `./`
 */
export function renderDocsPage({ info, tags, paths, components }: ShownDocument, root: string): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
  const sections = tags.map(({ name, description }) => {
    const shown = operations.filter((operation) => operation.tags.includes(name)).map(renderOperation);
    return html`<section id="${name}"><h2>${name}</h2><p>${renderText(description)}</p>${raw(shown.join(''))}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => html`<details id="body-${name}"><summary>${name}</summary>${raw(renderJson(schema))}</details>`,
  );
  const links = tags.map(({ name }) => html`<a href="#${name}">${name}</a>`);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}</title><link rel="stylesheet" href="${root}docs.css"></head>
<body><header><h1>${info.title} <small>${info.version}</small></h1><p>${renderText(info.description ?? '')}</p>
<nav>${raw(links.join(' '))} <a href="#bodies">Bodies</a> <a href="${root}openapi.json">OpenAPI</a></nav></header>
<main>${raw(sections.join('\n'))}
<section id="bodies"><h2>Bodies</h2>${raw(schemas.join('\n'))}</section></main></body></html>
`;
}

function renderOperation(operation: ShownOperation & { readonly path: string; readonly method: string }): string {
  const { operationId, method, path, summary, security, parameters = [], requestBody, responses } = operation;
  const permissions = security.flatMap(({ oauth2 }) => oauth2).map((name) => html`<code>${name}</code>`);
  const rows = parameters
    .filter((parameter) => parameter.in !== 'path')
    .map(({ name, in: place, schema }) => {
      return html`<tr><td><code>${name}</code></td><td>${place}</td><td>${renderText(schema.description ?? '')}</td></tr>`;
    });
  const [example] = Object.values(requestBody?.content ?? {}).map((media) => media.example);
  const statuses = Object.entries(responses).map(
    ([status, { description }]) => html`<tr><td>${status}</td><td>${renderText(description)}</td></tr>`,
  );
  return html`<details id="${operationId}"><summary><b>${method}</b> <code>${path}</code> ${summary}</summary>
<p>Permissions: ${raw(permissions.join(', '))}</p>
${raw(renderTable('Parameters', rows))}${raw(example === undefined ? '' : `<h3>Body</h3>${renderJson(example)}`)}
${raw(renderTable('Responses', statuses))}</details>`;
}

function renderTable(heading: string, rows: readonly string[]): string {
  return rows.length === 0 ? '' : html`<h3>${heading}</h3><table>${raw(rows.join(''))}</table>`;
}

/** Of the CommonMark that descriptions may have, they use code spans only. */
function renderText(description: string): RawHtml {
  return raw(html`${description}`.replace(/`([^`]+)`/g, '<code>$1</code>'));
}

function renderJson(value: unknown): string {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
}

interface RawHtml {
  readonly markup: string;
}

function raw(markup: string): RawHtml {
  return { markup };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes every value but raw ones. */
function html(parts: TemplateStringsArray, ...values: readonly (string | RawHtml)[]): string {
  const shown = values.map((value) =>
    typeof value === 'string' ? value.replace(/[&<>"']/g, (character) => ESCAPES[character] as string) : value.markup,
  );
  return String.raw({ raw: parts }, ...shown);
}

/** The style sheet of the page, for light and dark screens. */
export const DOCS_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8886; --accent: light-dark(#0550ae, #79b8ff) }
body { margin: 0 auto; max-width: 60rem; padding: 1rem }
h1 small { font-size: .5em; font-weight: 400 }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem }
a { color: var(--accent) }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; padding: .4rem .8rem; overflow-x: auto }
summary { cursor: pointer }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
b { display: inline-block; min-width: 4.5rem; color: var(--accent) }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
pre { overflow-x: auto; white-space: pre; overflow-wrap: normal }
h3 { font-size: 1em; margin: .8rem 0 .2rem }
table { border-collapse: collapse }
td { border-top: 1px solid var(--line); padding: .2rem .8rem .2rem 0; vertical-align: top }
`;
