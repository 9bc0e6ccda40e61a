import { isDatabaseUnavailable } from '../../src/database/database-errors';
import { createLogger } from '../../src/observability/logger';

/** What a line says beside its time and level. */
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
  it('shows what is logged field by field', () => {
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
  ])('blots out "%s" wherever it stands in an object that slipped through whole', (name) => {
    const secret = { [name]: '482913', kept: 1 };
    const line = logged((logger) => logger.info({ ...secret, input: { ...secret, deep: [secret] } }, 'oops'));
    const shown = { [name]: '[redacted]', kept: 1 };
    expect(line).toEqual({ ...shown, input: { ...shown, deep: [shown] }, msg: 'oops' });
  });

  it('shows what has a form of its own in that', () => {
    const at = new Date(0);
    const page = new URL('https://example.com/');
    expect(logged((logger) => logger.info({ at, page, code: 1 }, 'oops'))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      page: 'https://example.com/',
      code: '[redacted]',
      msg: 'oops',
    });
  });

  it('leaves the object itself as it was', () => {
    const message = { to: 'somebody@example.com', nested: { code: '482913' } };
    logged((logger) => logger.info(message, 'oops'));
    expect(message).toEqual({ to: 'somebody@example.com', nested: { code: '482913' } });
  });

  it('ends at a circle and shows nothing that lies too deep to have been meant', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    expect(JSON.stringify(logged((logger) => logger.info({ circle }, 'oops')))).toContain('[redacted]');
  });

  it('tells the name of an error and not what it carries', () => {
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

  it('takes what is thrown and is no error', () => {
    expect(logged((logger) => logger.error({ err: 'a text' }, 'oops'))).toMatchObject({ msg: 'oops' });
    expect(logged((logger) => logger.error({ err: { code: '482913' } }, 'oops')).err).toEqual({
      value: { code: '[redacted]' },
    });
  });
});
