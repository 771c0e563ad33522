/** Runs one page's queries about models: each gets one answer or one error, unless cancelled. */
import { SttError } from '../errors.js';
import type { WireProgress } from '../protocol/model.js';
import type { ReplyMessage, QueryMessage, ModelReply, ModelQuery } from '../protocol/queries.js';

/** Answers a query. Rejects with an SttError, or with AbortError when `signal` aborts. */
export type QueryHandler = (
  query: ModelQuery,
  report: (progress: WireProgress) => void,
  signal: AbortSignal,
) => Promise<ModelReply>;

export class QueryPort {
  readonly #handler: QueryHandler;
  readonly #post: (message: ReplyMessage) => void;
  readonly #open = new Map<number, AbortController>();

  constructor(handler: QueryHandler, post: (message: ReplyMessage) => void) {
    this.#handler = handler;
    this.#post = post;
  }

  async take({ request, query }: QueryMessage): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#open.set(request, controller);
    const report = (progress: WireProgress): void => {
      if (!signal.aborted) this.#post({ type: 'query-progress', request, ...progress });
    };
    try {
      const reply = await this.#handler(query, report, signal);
      if (!signal.aborted) this.#post({ type: 'reply', request, reply });
    } catch (cause) {
      const error = SttError.from(cause, `The query "${query.what}" could not be answered`).toWire();
      if (!signal.aborted) this.#post({ type: 'query-failed', request, error });
    } finally {
      this.#open.delete(request);
    }
  }

  drop(request: number): void {
    this.#open.get(request)?.abort();
  }

  close(): void {
    for (const controller of this.#open.values()) controller.abort();
  }
}
