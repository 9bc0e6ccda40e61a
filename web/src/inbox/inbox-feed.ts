import { type InboxFilter, type InboxMessage } from './inbox-message.types';
import { readMessages } from './read-messages';

/** How long the feed waits for the next key before it reads messages for a changed filter. */
const TYPING_MS = 120;

export interface FeedEvents {
  messages: (messages: InboxMessage[], filter: InboxFilter) => void;
  /** The server answered, or did not. */
  connection: (works: boolean) => void;
}

/** Reads the messages every `pollMs` milliseconds while the page is visible. */
export class InboxFeed {
  private timer = 0;
  private reads = 0;

  constructor(
    private filter: InboxFilter,
    private readonly on: FeedEvents,
    private readonly pollMs = 2_000,
  ) {}

  start(): void {
    document.addEventListener('visibilitychange', () => document.hidden || void this.read());
    void this.read();
  }

  change(filter: InboxFilter): void {
    this.filter = filter;
    // An answer for the earlier filter is ignored.
    this.reads++;
    this.readIn(TYPING_MS);
  }

  /** Reads the messages now. */
  async read(): Promise<void> {
    clearTimeout(this.timer);
    const read = ++this.reads;
    const { filter } = this;
    const messages = await readMessages(filter).catch(() => null);
    // A later read has begun, so its answer decides what is shown.
    if (read !== this.reads) return;
    this.on.connection(messages !== null);
    if (messages !== null) this.on.messages(messages, filter);
    if (!document.hidden) this.readIn(this.pollMs);
  }

  private readIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.read(), ms);
  }
}
