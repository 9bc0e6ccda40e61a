import { isLocalPageHost } from '../../src/api/http/local-page';
import { isLoopbackAddress, isLoopbackHost } from '../../src/shared/loopback';

describe('an address', () => {
  it.each(['127.0.0.1', '127.255.1.2', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::FFFF:7f00:1'])(
    'of this machine is a loopback address: %s',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true);
    },
  );

  it.each([
    '128.0.0.1',
    '::2',
    '::ffff:128.0.0.1',
    '127.0.0.1.example.com',
    '127.',
    '127.evil',
    '',
    'localhost',
  ])('of another machine, or a text that only begins like one, is not a loopback address: %p', (text) => {
    expect(isLoopbackAddress(text)).toBe(false);
  });
});

describe('a host', () => {
  it.each(['localhost', 'LOCALHOST', 'localhost.', '127.0.0.1', '[::1]', '[::ffff:7f00:1]'])(
    'that every program resolves to this machine is a loopback host: %s',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );

  it.each(['app.localhost', 'localhost.example.com', '127.0.0.1.example.com', '[::2]', 'example.com'])(
    'that may be looked up at a name server is not a loopback host: %s',
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );

  it('below localhost serves pages of this machine, because browsers resolve it themselves', () => {
    expect(isLocalPageHost('app.localhost')).toBe(true);
    expect(isLocalPageHost('localhost.example.com')).toBe(false);
  });
});
