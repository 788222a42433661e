import { representProcess } from '../representation/gate.js';
import type { DecisionStream, StreamedDecision } from './decision-stream.js';

/** One event of a stream. */
export interface StreamEvent {
  readonly name: string;
  readonly data: object;
}

/** Sends an event to the reader. `false`: it was not sent, since the reader is slow. */
export type SendEvent = (event: StreamEvent) => boolean;

type Pass = (decision: StreamedDecision) => void;
type Outcome = StreamedDecision['record']['outcome'];

export interface DecisionReader {
  readonly stream: DecisionStream;
  readonly isShown: (decision: StreamedDecision) => boolean | Promise<boolean>;
  readonly represent: (decision: StreamedDecision) => object;
  readonly send: SendEvent;
}

/** How many decisions wait while the store says whose they are. */
const MAX_WAITING = 1000;
const SECOND_MS = 1000;
/** Refusals are what people look for. */
const REFUSALS_PER_PERMIT = 4;
const BEAT_SECONDS = 5;

/**
 * Sends the decisions that are kept, then each as it is made. In each second at most so many are sent; what is left out is
 * counted, and the counts are sent as the event `omitted`.
 *
 * @returns what ends it; `undefined` where too many read
 */
export function sendDecisions(reader: DecisionReader): (() => void) | undefined {
  const events = new DecisionEvents(reader);
  return events.begin() ? () => events.end() : undefined;
}

class DecisionEvents {
  readonly #reader: DecisionReader;
  #unsubscribe: (() => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #seconds = 0;
  #sent = countNothing();
  #omitted = countNothing();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #hasEnded = false;

  constructor(reader: DecisionReader) {
    this.#reader = reader;
  }

  begin(): boolean {
    const { stream, send } = this.#reader;
    this.#unsubscribe = stream.subscribe((decision) => this.#take(decision, (each) => this.#sample(each)));
    if (this.#unsubscribe === undefined) return false;
    send({ name: 'start', data: { process: representProcess(stream) } });
    for (const decision of stream.recent()) this.#take(decision, (each) => this.#send(each));
    this.#timer = setInterval(() => this.#beginSecond(), SECOND_MS);
    this.#timer.unref();
    return true;
  }

  end(): void {
    this.#hasEnded = true;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
  }

  /** In order: after one that waits for the store, the others wait, too. Where the store cannot say, nobody sees it. */
  #take(decision: StreamedDecision, pass: Pass): void {
    const isShown = this.#reader.isShown(decision);
    if (isShown === false) return;
    if (isShown === true && this.#waiting === 0) pass(decision);
    else if (this.#waiting >= MAX_WAITING) this.#omit(decision);
    else this.#passLater(decision, isShown, pass);
  }

  #passLater(decision: StreamedDecision, isShown: true | Promise<boolean>, pass: Pass): void {
    this.#waiting++;
    const passed = Promise.all([isShown, this.#last]).then(([shown]) => {
      if (shown && !this.#hasEnded) pass(decision);
    });
    this.#last = passed.catch(() => undefined).finally(() => this.#waiting--);
  }

  #sample(decision: StreamedDecision): void {
    const { outcome } = decision.record;
    const most = this.#reader.stream.maxPerSecond * (outcome === 'permit' ? 1 : REFUSALS_PER_PERMIT);
    if (this.#sent[outcome] < most) {
      this.#sent[outcome]++;
      this.#send(decision);
    } else {
      this.#omit(decision);
    }
  }

  #send(decision: StreamedDecision): void {
    const { send, represent } = this.#reader;
    if (!send({ name: 'decision', data: represent(decision) })) this.#omit(decision);
  }

  #omit({ record }: StreamedDecision): void {
    this.#omitted[record.outcome]++;
  }

  /** Without anything else, a sign of life from time to time. */
  #beginSecond(): void {
    const { send } = this.#reader;
    this.#sent = countNothing();
    const { permit, deny, outage } = this.#omitted;
    if (permit + deny + outage === 0) {
      if (++this.#seconds % BEAT_SECONDS === 0) send({ name: 'beat', data: {} });
    } else if (send({ name: 'omitted', data: this.#omitted })) {
      this.#omitted = countNothing();
    }
  }
}

function countNothing(): Record<Outcome, number> {
  return { permit: 0, deny: 0, outage: 0 };
}
