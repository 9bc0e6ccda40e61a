import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { NoAnswer, ProviderConnection } from '../../src/channels/provider-connection';
import { withTimeoutSignal } from '../../src/shared/with-timeout-signal';

describe('ProviderConnection', () => {
  let server: Server;
  let connection: ProviderConnection;
  let origin: string;
  let asked: string[];

  async function serve(answer: RequestListener): Promise<void> {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    connection = new ProviderConnection();
  }

  afterEach(async () => {
    await connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const call = (signal = new AbortController().signal) =>
    connection.call({
      method: 'POST',
      origin,
      path: '/messages?a=b',
      headers: { 'x-sent': 'é' },
      body: '인증',
      signal,
    });
  const noAnswer = (code: string, notSent: boolean) => (error: unknown) => {
    expect(error).toBeInstanceOf(NoAnswer);
    expect(error).toMatchObject({ code, notSent });
  };
  const refused = async (answer: Promise<unknown>, code: string, notSent = false) =>
    answer.then(() => Promise.reject(new Error('it was answered')), noAnswer(code, notSent));

  const underWay = async (calls: number) => {
    while (asked.length < calls) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('returns the complete answer when it arrives in pieces and is a refusal', async () => {
    await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(429, { 'Retry-After': '7' });
        const body = Buffer.from(`got ${Buffer.concat(chunks).toString()}`);
        // A character is split.
        response.write(body.subarray(0, 6));
        setTimeout(() => response.end(body.subarray(6)), 20);
      });
    });
    const { status, headers, text } = await call();
    expect([status, text, headers['retry-after']]).toEqual([429, 'got 인증', '7']);
    expect(asked).toEqual(['POST /messages?a=b']);
  });

  it('does not call when the signal was aborted before', async () => {
    await serve((_request, response) => response.end());
    await refused(call(AbortSignal.abort(new DOMException('late', 'TimeoutError'))), 'TimeoutError');
    expect(asked).toEqual([]);
  });

  it('ends a running call when its signal aborts, and can make the next call', async () => {
    await serve(() => undefined);
    for (const calls of [1, 2]) {
      const stop = new AbortController();
      const ended = refused(call(stop.signal), 'TimeoutError');
      await underWay(calls);
      stop.abort(new DOMException('late', 'TimeoutError'));
      await ended;
    }
  });

  it('ends a call that waits for its connection when its signal aborts', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    await serve(() => undefined);
    origin = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const stop = new AbortController();
    const ended = refused(call(stop.signal), 'TimeoutError');
    const [socket] = (await once(silent, 'connection')) as [Socket];
    stop.abort(new DOMException('late', 'TimeoutError'));
    await ended;
    socket.destroy();
    silent.close();
  });

  /** Runs work behind a proxy that refuses every tunnel. @returns the hosts that the proxy was asked for. */
  async function behindProxy(work: () => Promise<void>): Promise<string[]> {
    const hosts: string[] = [];
    const proxy = createServer((request, response) => response.end(String(hosts.push(request.url!))));
    proxy.on('connect', (request, client: Socket) => {
      hosts.push(request.url!);
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    Object.assign(process.env, { HTTP_PROXY: url, HTTPS_PROXY: url });
    try {
      await work();
      return hosts;
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.HTTPS_PROXY;
      proxy.closeAllConnections();
      proxy.close();
    }
  }

  it('calls an https address through the proxy in the environment', async () => {
    await serve((_request, response) => response.end());
    origin = 'https://provider.example';
    const hosts = await behindProxy(async () => {
      connection = new ProviderConnection();
      await expect(call()).rejects.toBeInstanceOf(NoAnswer);
    });
    expect(hosts).toEqual(['provider.example:443']);
  });

  it('calls a plain http address directly, because a proxy would read the codes in the call', async () => {
    const hosts = await behindProxy(async () => {
      await serve((_request, response) => response.end('direct'));
      expect(await call()).toMatchObject({ status: 200, text: 'direct' });
    });
    expect(hosts).toEqual([]);
  });

  it('ends a call whose answer begins but does not end when its signal aborts', async () => {
    await serve((_request, response) => void response.write('{"MessageId":'));
    await refused(withTimeoutSignal(100, call), 'TimeoutError');
  });

  it('ends a call whose answer is longer than 8 MiB', async () => {
    await serve((_request, response) => {
      const piece = Buffer.alloc(2 ** 20, 'x');
      const pour = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    await refused(call(), 'UND_ERR_RES_EXCEEDED_MAX_SIZE');
  });

  it('distinguishes a request that was not sent from a request that may have arrived', async () => {
    await serve((request) => request.socket.destroy());
    await refused(call(), 'UND_ERR_SOCKET');
    await new Promise((resolve) => server.close(resolve));
    await refused(call(), 'ECONNREFUSED', true);
    await serve(() => undefined);
  });

  it('ends running calls when the connection is closed', async () => {
    await serve(() => undefined);
    const ended = refused(call(), 'UND_ERR_DESTROYED');
    await underWay(1);
    await connection.close();
    await ended;
  });
});

describe('the deadline of a provider call', () => {
  it('returns the result of the work, or throws its error', async () => {
    expect(await withTimeoutSignal(1_000, async () => 'done')).toBe('done');
    await expect(withTimeoutSignal(1_000, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
  });

  it('aborts the signal of the work with a time-out, but not after the work has ended', async () => {
    const stopped = (signal: AbortSignal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
    expect(await withTimeoutSignal(10, stopped)).toMatchObject({ name: 'TimeoutError' });
    const signal = await withTimeoutSignal(10, async (given) => given);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(signal.aborted).toBe(false);
  });
});
