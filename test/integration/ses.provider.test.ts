import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SesProvider } from '../../src/channels/ses/ses.provider';
import { SesRequestHandler } from '../../src/channels/ses/ses-request-handler';
import { FakeSes, SES_CREDENTIALS } from '../support/fake-ses';
import { outgoingMessage } from '../support/outgoing-message';

const SENDER = { from: { name: null, address: 'verify@example.com' }, replyTo: null };
const MESSAGE = outgoingMessage({
  to: 'user@example.com',
  subject: 'Code',
  text: '123456',
  html: '<p>123456</p>',
});

const before = { ...process.env };
const servers: Server[] = [];
let ses: FakeSes;
let provider: SesProvider;
const providers: SesProvider[] = [];
let directory: string;

/** Starts without any setting of AWS, because the AWS SDK reads the environment of the process. */
beforeEach(async () => {
  ses = await FakeSes.start();
  directory = mkdtempSync(join(tmpdir(), 'injeung-aws-'));
  for (const name of Object.keys(process.env))
    if (/^(AWS|HTTPS?_PROXY$)/i.test(name)) delete process.env[name];
  set({
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(directory, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
  });
});
afterEach(async () => {
  for (const one of providers.splice(0)) await one.close();
  await ses.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true });
  process.env = { ...before };
});

function set(variables: Record<string, string>): void {
  Object.assign(process.env, variables);
}

function send(region = 'ap-northeast-2', signal = AbortSignal.timeout(20_000)) {
  provider = new SesProvider(SENDER, { region, configurationSet: null });
  providers.push(provider);
  return provider.send(MESSAGE, signal);
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('SesProvider: credentials', () => {
  it('signs with the credentials of the profile in AWS_PROFILE', async () => {
    writeFileSync(
      process.env.AWS_SHARED_CREDENTIALS_FILE!,
      `[codes]\naws_access_key_id=${SES_CREDENTIALS.accessKeyId}\naws_secret_access_key=${SES_CREDENTIALS.secretAccessKey}\n`,
    );
    set({ AWS_PROFILE: 'codes', AWS_ENDPOINT_URL_SESV2: ses.url });
    expect(await send()).toEqual({ providerMessageId: ses.messages[0]!.id });
  });

  it('refuses a message permanently when no credentials exist', async () => {
    set({ AWS_ENDPOINT_URL_SESV2: ses.url });
    await expect(send()).rejects.toMatchObject({
      kind: 'permanent',
      options: { failure: 'SENDER_REFUSED', providerCode: 'CredentialsProviderError' },
    });
  });

  it('reports a retryable error when the credentials of a role can no longer be loaded', async () => {
    let available = true;
    const role = createServer((_request, response) => {
      if (!available) return void response.writeHead(500).end();
      // The credentials have expired, so the SDK loads them again for the next call.
      const Expiration = new Date(Date.now() - 1_000).toISOString();
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = SES_CREDENTIALS;
      response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token: 'of the role', Expiration }));
    });
    set({ AWS_CONTAINER_CREDENTIALS_FULL_URI: await listen(role), AWS_ENDPOINT_URL_SESV2: ses.url });
    await send();
    expect(ses.calls.at(-1)!.headers['x-amz-security-token']).toBe('of the role');
    available = false;
    await expect(provider.send(MESSAGE, AbortSignal.timeout(20_000))).rejects.toMatchObject({
      kind: 'retryable',
      message: 'AWS credentials could not be loaded',
    });
  });

  it('reports a retryable error when the token service does not answer for a web identity', async () => {
    writeFileSync(join(directory, 'token'), 'a token');
    set({
      AWS_WEB_IDENTITY_TOKEN_FILE: join(directory, 'token'),
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/codes',
      AWS_ENDPOINT_URL_STS: await listen(createServer((request) => request.socket.destroy())),
      AWS_ENDPOINT_URL_SESV2: ses.url,
    });
    await expect(send()).rejects.toMatchObject({ kind: 'retryable' });
  });
});

describe('SesProvider: endpoints', () => {
  /** Returns the host that a send connects to, which a proxy sees that refuses every tunnel. */
  async function hostCalled(region: string): Promise<string> {
    const hosts: string[] = [];
    const proxy = createServer().on('connect', (request, socket: Socket) => {
      hosts.push(request.url!);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    set({ HTTPS_PROXY: await listen(proxy) });
    await expect(send(region)).rejects.toMatchObject({ message: 'SES did not answer' });
    return hosts[0]!;
  }

  beforeEach(() => set({ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }));

  it.each([
    ['us-east-1', {}, 'email.us-east-1.amazonaws.com:443'],
    ['cn-north-1', {}, 'email.cn-north-1.amazonaws.com.cn:443'],
    ['us-east-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'email-fips.us-east-1.amazonaws.com:443'],
    ['ap-northeast-2', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'email.ap-northeast-2.api.aws:443'],
  ])('connects through HTTPS_PROXY to the host of region %s with %j', async (region, variables, host) => {
    set(variables);
    expect(await hostCalled(region)).toBe(host);
  });

  it('refuses a message permanently when the settings of AWS contradict each other', async () => {
    set({ AWS_USE_FIPS_ENDPOINT: 'true', AWS_ENDPOINT_URL_SESV2: ses.url });
    await expect(send()).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringMatching(/^the AWS settings cannot be used: .*FIPS/),
      options: { failure: 'SENDER_REFUSED', providerCode: 'EndpointError' },
    });
    expect(ses.calls).toEqual([]);
  });
});

describe('SesProvider: answers', () => {
  beforeEach(() => set(ses.environment));

  it('distinguishes a call that was not sent from a call whose answer was lost', async () => {
    ses.answerNext({ drop: 'after' });
    await expect(send()).rejects.toMatchObject({ kind: 'unknown' });
    const closed = createServer();
    set({ AWS_ENDPOINT_URL_SESV2: await listen(closed) });
    await new Promise((resolve) => closed.close(resolve));
    await expect(send()).rejects.toMatchObject({
      kind: 'retryable',
      options: { providerCode: 'ECONNREFUSED' },
    });
  });

  it('reports an unknown outcome for a call that its signal aborted', async () => {
    ses.answerNext({ delayMs: 3_600_000 });
    const stop = new AbortController();
    const sent = send('ap-northeast-2', stop.signal);
    await ses.waitForCalls(1, /outbound-emails$/);
    stop.abort(new DOMException('late', 'TimeoutError'));
    await expect(sent).rejects.toMatchObject({
      kind: 'unknown',
      options: { providerCode: 'TimeoutError' },
    });
  });

  it('accepts a message whose answer cannot be read', async () => {
    const broken = createServer((_request, response) => response.end('<html>'));
    set({ AWS_ENDPOINT_URL_SESV2: await listen(broken) });
    expect(await send()).toEqual({ providerMessageId: '' });
  });

  it.each([
    [503, '<html>busy', 'retryable', '503'],
    [400, '{"__type":"ThrottlingException","message":"slow"}', 'retryable', 'ThrottlingException'],
    [403, '{"__type":"com.amazon#InvalidSignatureException"}', 'permanent', 'InvalidSignatureException'],
    [404, '', 'permanent', '404'],
  ])('reads the status and the name of the error %i %s', async (status, body, kind, providerCode) => {
    const refusing = createServer((_request, response) => response.writeHead(status).end(body));
    set({ AWS_ENDPOINT_URL_SESV2: await listen(refusing) });
    await expect(send()).rejects.toMatchObject({ kind, options: { providerCode } });
  });

  it('refuses a wrong key permanently after the clock was corrected', async () => {
    ses.clock = () => Date.now() + 3_600_000;
    set({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(send()).rejects.toMatchObject({
      kind: 'retryable',
      message: expect.stringMatching(/clock is 3[56]\d\d s behind/),
    });
    await expect(provider.send(MESSAGE, AbortSignal.timeout(20_000))).rejects.toMatchObject({
      kind: 'permanent',
      options: { providerCode: 'InvalidSignatureException' },
    });
  });
});

it('SesRequestHandler sends the query of a request', async () => {
  let target: string | undefined;
  const url = await listen(
    createServer((request, response) => {
      target = request.url;
      response.end();
    }),
  );
  const { hostname, port } = new URL(url);
  const handler = new SesRequestHandler();
  await handler.handle({
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/list',
    query: { 'a b': 'ü&', empty: null, many: ['1', '2'] },
    headers: {},
  });
  expect(target).toBe('/list?a%20b=%C3%BC%26&empty&many=1&many=2');
  handler.destroy();
});
