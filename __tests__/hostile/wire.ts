import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer, as it came over the wire. */
export interface Answer {
  /** Of the final status line; 1xx come before it. */
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** All of it, interim answers included. */
  readonly text: string;
  readonly closes: boolean;
}

/** What no answer may take: a bound against hanging, not a measure. */
const PATIENCE = 5000;

/**
 * A connection that sends bytes as they are, one character a byte, and reads the answers by a strict grammar: status
 * lines, header fields and bodies end where HTTP says (RFC 9112 §6), and nothing comes that was not asked for.
 */
export class Wire {
  readonly #socket: Socket;
  #received = '';
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (chunk) => {
      this.#received += chunk;
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.#ended = true;
    });
  }

  static async to(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE) });
    return new Wire(socket.setNoDelay());
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** Sends one request and reads its one answer, up to the end of the connection where the answer says that it ends. */
  async ask(request: string): Promise<Answer> {
    if (this.#received !== '') throw new Error(`Came unasked: ${JSON.stringify(this.#received)}`);
    this.#socket.write(request, 'latin1');
    const isHead = request.startsWith('HEAD ');
    let answer = wholeAnswer(this.#received, isHead);
    while (answer === undefined || (answer.closes && !this.#ended)) {
      if (this.#ended) throw new Error(`The connection ended within the answer: ${JSON.stringify(this.#received)}`);
      await this.#news();
      answer = wholeAnswer(this.#received, isHead);
    }
    const rest = this.#received.slice(answer.text.length);
    if (rest !== '') throw new Error(`Came after the answer: ${JSON.stringify(rest)}`);
    this.#received = '';
    return answer;
  }

  #news(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      const late = () => reject(new Error(`No answer within ${PATIENCE} ms, but ${JSON.stringify(this.#received)}`));
      const timer = setTimeout(late, PATIENCE);
      const told = () => {
        clearTimeout(timer);
        socket.off('data', told).off('close', told);
        resolve();
      };
      socket.on('data', told).on('close', told);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The answer at the start of `text`, with a body of as many characters as it announces; `undefined` before its end. */
function wholeAnswer(text: string, isHead: boolean, from = 0): Answer | undefined {
  const end = text.indexOf('\r\n\r\n', from);
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(from, end).split('\r\n');
  const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? fail('a status line', statusLine));
  if (status < 200) return wholeAnswer(text, isHead, end + 4);
  const headers = lines.map((line) => {
    const [, name = '', value = ''] = FIELD_LINE.exec(line) ?? fail('a field line', line);
    return [name.toLowerCase(), value] as const;
  });
  const valuesOf = (name: string) => headers.filter(([other]) => other === name).map(([, value]) => value);
  if (valuesOf('transfer-encoding').length > 0) fail('no transfer coding', lines.join());
  const [length = '0', ...lengths] = valuesOf('content-length');
  if (!/^\d+$/.test(length) || lengths.length > 0) fail('one content length', lines.join());
  const whole = end + 4 + (isHead ? 0 : Number(length));
  if (text.length < whole) return undefined;
  const closes = valuesOf('connection').includes('close');
  return { status, headers, body: text.slice(end + 4, whole), text: text.slice(0, whole), closes };
}

/** As Node writes them. No control character passes, so no field hides in another one. */
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [A-Za-z][A-Za-z ]*$/;
const FIELD_LINE = /^([A-Za-z][A-Za-z-]*): ([\x20-\x7e]+)$/;

function fail(expectation: string, found: string): never {
  throw new Error(`Expected ${expectation}, found ${JSON.stringify(found)}`);
}
