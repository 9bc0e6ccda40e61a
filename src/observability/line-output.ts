import { write, writeSync } from 'node:fs';

export interface LineOutputSettings {
  /** Maximum number of characters that wait to be written. Further lines are lost. */
  maxWaiting: number;
  /** Lines are written together when they have this many characters, or `flushMs` after the first of them. */
  batchSize: number;
  flushMs: number;
}

export interface LossListener {
  /** Called when lines begin to be lost, and again only when lines are lost after a minute without a loss. */
  losing: (cause: string) => void;
  /** Called when all waiting lines are written. `lines` is the number of lines lost since the last call. */
  resumed: (lines: number) => void;
}

interface Batch {
  bytes: Buffer;
  written: number;
  /**
   * Line feeds in `bytes` that end no line of this batch: one of them ends a line that was only partly
   * written before.
   */
  extraLineFeeds: number;
}

const DEFAULTS: LineOutputSettings = { maxWaiting: 256 * 1024, batchSize: 4_096, flushMs: 100 };
/** Pause before the next write when the reader is slow or a write failed, in milliseconds. */
const PAUSE_MS = 20;
/** Losses with less than this between them count as one, in milliseconds. */
const ONE_LOSS_MS = 60_000;
/** After these errors the same bytes are written again later. After any other error they are lost. */
const TRY_LATER = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR', 'EBUSY']);
const LINE_FEED = 0x0a;
const TOO_SLOW = 'its reader is too slow';

/**
 * Writes lines to standard output or standard error. It never blocks and never throws: lines wait in a
 * limited buffer, and lines that cannot be written are counted and dropped.
 *
 * pino's own destination (sonic-boom 4.2) cannot be used. At exit it repeats a failed write without end, and
 * it keeps a thread of libuv's pool in a blocking write, for which `process.exit` waits.
 */
export class LineOutput {
  private readonly settings: LineOutputSettings;
  private waiting = '';
  private batch: Batch | null = null;
  private state: 'idle' | 'collecting' | 'writing' | 'pausing' = 'idle';
  private timer: NodeJS.Timeout | undefined;
  /** The last written bytes did not end a line, because writing the rest of the line failed. */
  private torn = false;
  private lost = 0;
  private lostBeforeResuming = 0;
  private lastLossAt = -Infinity;
  private flushed: (() => void)[] = [];

  /** @param fd a descriptor whose writes do not block, see `openStandardStream`. */
  constructor(
    private readonly fd: number,
    private readonly listener: LossListener | null = null,
    settings: Partial<LineOutputSettings> = {},
  ) {
    this.settings = { ...DEFAULTS, ...settings };
  }

  /** Number of lines lost since the start. */
  get linesLost(): number {
    return this.lost;
  }

  /** @param lines one or more complete lines, each with its line feed. */
  write(lines: string): void {
    const { maxWaiting, batchSize, flushMs } = this.settings;
    const unwritten = this.batch ? this.batch.bytes.length - this.batch.written : 0;
    if (this.waiting.length + unwritten + lines.length > maxWaiting)
      return this.lose(countLineFeeds(Buffer.from(lines)), TOO_SLOW);
    this.waiting += lines;
    if (this.state === 'idle') this.after(flushMs, 'collecting');
    if (this.state === 'collecting' && this.waiting.length >= batchSize) this.begin();
  }

  /**
   * Resolves when everything is written or lost, at the latest after `limitMs`. Lines that are left then are
   * lost.
   */
  async flush(limitMs: number): Promise<void> {
    if (this.state === 'idle') return;
    let limit: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.flushed.push(resolve);
      limit = setTimeout(resolve, limitMs);
      if (this.state === 'collecting') this.begin();
    });
    clearTimeout(limit);
    this.dropEverything(TOO_SLOW);
  }

  /**
   * Writes what can be written without waiting. For the end of the process, when the event loop no longer
   * runs.
   */
  flushNow(): void {
    // A write in progress is completed by its thread.
    let bytes = this.state === 'writing' ? Buffer.alloc(0) : Buffer.from(this.unwritten);
    bytes = Buffer.concat([bytes, Buffer.from(this.waiting)]);
    this.batch = null;
    this.waiting = '';
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.fd, bytes));
    } catch {
      // The process ends: the lines are lost, and the loss cannot be reported any more.
    }
  }

  private get unwritten(): Buffer {
    return this.batch ? this.batch.bytes.subarray(this.batch.written) : Buffer.alloc(0);
  }

  private after(ms: number, state: 'collecting' | 'pausing'): void {
    this.state = state;
    this.timer = setTimeout(() => this.begin(), ms).unref();
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.batch ??= this.nextBatch();
    this.state = 'writing';
    write(this.fd, this.batch.bytes, this.batch.written, (error, count) => {
      if (error) this.failed(error);
      else this.wrote(count);
    });
  }

  private nextBatch(): Batch {
    const prefix = this.torn ? '\n' : '';
    const bytes = Buffer.from(prefix + this.waiting);
    this.waiting = '';
    return { bytes, written: 0, extraLineFeeds: prefix.length };
  }

  private wrote(count: number): void {
    const { batch } = this;
    if (batch && count > 0) {
      batch.written += count;
      this.torn = batch.bytes[batch.written - 1] !== LINE_FEED;
    }
    if (batch && batch.written < batch.bytes.length) return this.begin();
    this.batch = null;
    // Called before the output becomes idle, so that a flush also waits for the line that the listener
    // writes.
    if (this.waiting === '') this.reportResumption();
    if (this.waiting === '') this.becomeIdle();
    else this.begin();
  }

  private failed(error: NodeJS.ErrnoException): void {
    if (TRY_LATER.has(error.code ?? '')) return this.after(PAUSE_MS, 'pausing');
    this.dropBatch(error.code ?? error.message);
    if (this.waiting === '') this.becomeIdle();
    else this.after(PAUSE_MS, 'pausing');
  }

  private becomeIdle(): void {
    this.state = 'idle';
    for (const resolve of this.flushed.splice(0)) resolve();
  }

  private dropEverything(cause: string): void {
    this.dropBatch(cause);
    const lines = countLineFeeds(Buffer.from(this.waiting));
    this.waiting = '';
    this.lose(lines, cause);
  }

  private dropBatch(cause: string): void {
    if (!this.batch) return;
    const { written, extraLineFeeds } = this.batch;
    const lines = countLineFeeds(this.unwritten) - (written === 0 ? extraLineFeeds : 0);
    this.batch = null;
    this.lose(lines, cause);
  }

  private lose(lines: number, cause: string): void {
    if (lines === 0) return;
    this.lost += lines;
    this.lostBeforeResuming += lines;
    const now = performance.now();
    const begins = now - this.lastLossAt > ONE_LOSS_MS;
    this.lastLossAt = now;
    if (begins) this.listener?.losing(cause);
  }

  private reportResumption(): void {
    const lines = this.lostBeforeResuming;
    if (lines === 0) return;
    this.lostBeforeResuming = 0;
    this.listener?.resumed(lines);
  }
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
