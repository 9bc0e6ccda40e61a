import { pino } from 'pino';
import { Lifecycle } from '../../src/app/lifecycle';

const LIMIT_MS = 5_000;

describe('a lifecycle', () => {
  let lines: any[];
  let events: string[];
  let lifecycle: Lifecycle;
  beforeEach(() => {
    lines = [];
    events = [];
    lifecycle = new Lifecycle(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
  });

  const part = (name: string, more: object = {}) => ({
    name,
    start: () => {
      events.push(`start ${name}`);
      return name;
    },
    stop: (started: string) => void events.push(`stop ${started}`),
    ...more,
  });
  const hangs = () => new Promise<void>(() => undefined);

  it('starts parts in order and stops them in reverse order, once', async () => {
    for (const name of ['a', 'b', 'c']) expect(await lifecycle.start(part(name))).toBe(name);
    await Promise.all([lifecycle.stop(LIMIT_MS), lifecycle.stop(LIMIT_MS)]);
    expect(events).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('does not stop a part that has not started', async () => {
    await lifecycle.start(part('a'));
    const fails = part('b', { start: () => Promise.reject(new Error('no')) });
    await expect(lifecycle.start(fails)).rejects.toThrow('no');
    await lifecycle.stop(LIMIT_MS);
    expect(events).toEqual(['start a', 'stop a']);
  });

  it('continues with the other parts when the stop of one fails or takes too long', async () => {
    await lifecycle.start(part('a'));
    await lifecycle.start(part('b', { stop: hangs, stopWithinMs: 10 }));
    await lifecycle.start(part('c', { stop: () => Promise.reject(new Error('broken')) }));
    await lifecycle.start(part('d', { stop: () => { throw new Error('broken'); } })); // prettier-ignore
    await lifecycle.stop(LIMIT_MS);
    expect(events.at(-1)).toBe('stop a');
    expect(lines.map(({ part: name }) => name)).toEqual(['d', 'c', 'b']);
  });

  it('has one deadline for all parts, after which each stop is begun but not awaited', async () => {
    await lifecycle.start(part('a'));
    await lifecycle.start(part('b', { stop: hangs }));
    await lifecycle.start(part('c', { stop: hangs }));
    await lifecycle.stop(20);
    expect(events.at(-1)).toBe('stop a');
    expect(lines.map(({ part: name }) => name)).toEqual(['c', 'b']);
  });

  it('stops a part whose start ends after the stop began, and starts no further part', async () => {
    let finish = () => undefined as void;
    const slow = lifecycle.start(
      part('slow', { start: () => new Promise((done) => (finish = () => done('slow'))) }),
    );
    const stopped = lifecycle.stop(LIMIT_MS);
    finish();
    await Promise.all([slow, stopped]);
    expect(events).toEqual(['stop slow']);
    await expect(lifecycle.start(part('late'))).rejects.toThrow('late');
  });
});
