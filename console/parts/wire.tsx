import type { Exchange, Field } from '../../demo-app/front-door/outcome.js';
import { door as words } from '../strings.js';
import { findField } from './fields.js';

export interface WireProps {
  readonly exchange: Exchange;
  /** Which header fields stand in the short form. */
  readonly shownFields?: readonly string[];
  /** Whether the bodies stand in the short form. */
  readonly hasBodies?: boolean;
  /** A time that matters more than how long the request took. */
  readonly time?: string | undefined;
}

/** A request and its response: in short, with the whole of both one click away. */
export function Wire({ exchange, shownFields = [], hasBodies = false, time }: WireProps) {
  const { request, response } = exchange;
  const isGood = response.status < 400;
  return (
    <div class="wire">
      <div>
        <b title={request.path}>{`${request.method} ${shortenIds(request.path)}`}</b>
        <Fields all={request.headers} shown={shownFields} />
        {hasBodies && request.body !== '' && <div>{request.body}</div>}
      </div>
      <div>
        <span class={isGood ? 'ok' : 'bad'}>{`${response.status} ${response.statusText}`}</span>
        <span class="dim">{`  ${time ?? words.ms(exchange.ms)}`}</span>
        <Fields all={response.headers} shown={shownFields} />
        {hasBodies && response.body !== '' && <div>{response.body}</div>}
      </div>
      <details>
        <summary>{words.all}</summary>
        <pre>{`${rawRequest(exchange)}\n\n${rawResponse(exchange)}`}</pre>
      </details>
    </div>
  );
}

function Fields({ all, shown }: { readonly all: readonly Field[]; readonly shown: readonly string[] }) {
  return (
    <>
      {shown.map((name) => {
        const field = findField(all, name);
        return field && <div key={name}>{`${field[0]}: ${field[1]}`}</div>;
      })}
    </>
  );
}

/** In the short form, an id is its end: enough to tell two apart. */
function shortenIds(path: string): string {
  return path.replace(/[\da-f]{8}-[\da-f-]{23}([\da-f]{4})/g, '…\u2060$1');
}

function rawRequest({ request }: Exchange): string {
  return raw(`${request.method} ${request.path} HTTP/1.1`, request.headers, request.body);
}

function rawResponse({ response }: Exchange): string {
  return raw(`HTTP/1.1 ${response.status} ${response.statusText}`, response.headers, response.body);
}

function raw(first: string, fields: readonly Field[], body: string): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return [first, ...lines, ...(body === '' ? [] : ['', body])].join('\n');
}
