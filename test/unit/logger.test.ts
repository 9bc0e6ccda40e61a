import { isDatabaseUnavailable } from '../../src/database/database-errors';
import { createLogger } from '../../src/observability/logger';

/** The fields of a log line except time and level. */
function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLogger('info', isDatabaseUnavailable, { write: (line) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  const { level, time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>;
  expect(level).toEqual(expect.any(Number));
  expect(new Date(time as string).toISOString()).toBe(time);
  return rest;
}

describe('the log', () => {
  it('contains the fields that were logged', () => {
    const details = { delivery: 'd1', seconds: 0.5, list: ['a', { b: null }], missing: undefined };
    expect(logged((logger) => logger.info(details, 'message sent'))).toEqual({
      delivery: 'd1',
      seconds: 0.5,
      list: ['a', { b: null }],
      msg: 'message sent',
    });
  });

  it.each([
    'code',
    'text',
    'html',
    'subject',
    'to',
    'email',
    'phoneNumber',
    'variables',
    'authorization',
    'humanToken',
  ])('replaces the value of "%s" at any place in an object that was logged completely by mistake', (name) => {
    const secret = { [name]: '482913', kept: 1 };
    const line = logged((logger) => logger.info({ ...secret, input: { ...secret, deep: [secret] } }, 'oops'));
    const shown = { [name]: '[redacted]', kept: 1 };
    expect(line).toEqual({ ...shown, input: { ...shown, deep: [shown] }, msg: 'oops' });
  });

  it('contains the objects in such an object that have their own form in JSON', () => {
    const at = new Date(0);
    const page = new URL('https://example.com/');
    expect(logged((logger) => logger.info({ at, page, code: 1 }, 'oops'))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      page: 'https://example.com/',
      code: '[redacted]',
      msg: 'oops',
    });
  });

  it('does not change the object', () => {
    const message = { to: 'somebody@example.com', nested: { code: '482913' } };
    logged((logger) => logger.info(message, 'oops'));
    expect(message).toEqual({ to: 'somebody@example.com', nested: { code: '482913' } });
  });

  it('ends at a circular reference and omits values that are too deep to be intended', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    expect(JSON.stringify(logged((logger) => logger.info({ circle }, 'oops')))).toContain('[redacted]');
  });

  it('contains the name of an error but not its properties', () => {
    const error = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
      to: 'somebody@example.com',
      request: { authorization: 'Bearer key' },
    });
    const { err } = logged((logger) => logger.error({ err: error }, 'oops'));
    expect(err).toMatchObject({
      type: 'Error',
      message: 'refused',
      code: 'ECONNREFUSED',
      to: '[redacted]',
      request: { authorization: '[redacted]' },
    });
    expect(err).toHaveProperty('stack', expect.stringContaining('logger.test'));
  });

  it('accepts a thrown value that is not an error', () => {
    expect(logged((logger) => logger.error({ err: 'a text' }, 'oops'))).toMatchObject({ msg: 'oops' });
    expect(logged((logger) => logger.error({ err: { code: '482913' } }, 'oops')).err).toEqual({
      value: { code: '[redacted]' },
    });
  });
});
