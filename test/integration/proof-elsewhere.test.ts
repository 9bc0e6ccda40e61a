import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Clock } from '../../src/shared/clock';
import { DIALECTS } from '../support/databases';
import { blocksOf } from '../support/documentation';
import { TestApp } from '../support/test-app';

const AUDIENCE = 'shop';
const CHECK_PROOF = join(__dirname, '../support/check-proof.py');
const GUIDE = 'docs/guides/back-end-and-proofs.md';

/** The first of these Python programs that can run the line, or null. The tests are skipped then and report it. */
function pythonWith(line: string, what: string): string | null {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      execFileSync(python, ['-c', line], { stdio: 'ignore' });
      return python;
    } catch {
      continue;
    }
  }
  process.stderr.write(`Skipped: checking proofs with ${what}, which is not on this machine.\n`);
  return null;
}

const WITH_OPENSSL = pythonWith(
  'import subprocess; subprocess.run(["openssl", "version"], check=True)',
  'python3 and openssl',
);
const WITH_PYJWT = pythonWith('import jwt, cryptography', 'PyJWT');

/** The machine's clock plus a chosen difference. */
class DriftingClock implements Clock {
  private driftMs = 0;

  now(): number {
    return Date.now() + this.driftMs;
  }

  advance(seconds: number): void {
    this.driftMs += seconds * 1_000;
  }
}

/** Runs Python without blocking this process, because Python may call its server. */
async function python(program: string, args: string[], input: string): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return (output || errors).trim();
}

/**
 * A page's first code block in a language, changed to call this server and without statements that only a module
 * allows.
 */
function example(page: string, language: string, url: string): string {
  const [block] = blocksOf(page, language);
  expect(block).toContain('http://127.0.0.1:4000');
  return block!
    .replaceAll('http://127.0.0.1:4000', url)
    .replace(/^import .* from .*$/gm, '')
    .replace(/^export /gm, '');
}

type Handler = (request: object, response: object) => unknown;

/** The back end of the guide, with Express and its sessions replaced by functions that call its handlers. */
class ExpressSample {
  log = '';
  private readonly handlers: Record<string, Handler> = {};

  constructor(code: string) {
    const keep =
      (method: string) =>
      (path: string, ...handlers: Handler[]) => {
        this.handlers[`${method} ${path}`] = handlers.at(-1)!;
      };
    const express = Object.assign(
      () => ({ use: () => undefined, get: keep('GET'), post: keep('POST'), listen: () => undefined }),
      { urlencoded: () => undefined },
    );
    const console = { warn: (...words: unknown[]) => (this.log += words.join(' ')) };
    const scope = { express, session: () => undefined, createRemoteJWKSet, jwtVerify, console };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the guide's code is what is tested
    new Function(...Object.keys(scope), code)(...Object.values(scope));
  }

  /** Posts the form in a session with this nonce, and returns the status. */
  async post(proof: string | undefined, nonce: string | undefined): Promise<number> {
    let status = 200;
    const response = {
      status: (given: number) => {
        status = given;
        return { send: () => undefined };
      },
    };
    await this.handlers['POST /sign-up']!({ body: { proof }, session: { nonce } }, response);
    return status;
  }

  page(session: object): string {
    let page = '';
    this.handlers['GET /']!({ session }, { send: (text: string) => (page = text) });
    return page;
  }
}

describe.each(DIALECTS)('a proof of a server on %s is verified by another program', (dialect) => {
  let app: TestApp;
  let users = 0;
  const clock = new DriftingClock();
  beforeAll(async () => (app = await TestApp.start(dialect, { PROOF_AUDIENCE: AUDIENCE }, { clock })));
  afterAll(() => app.close());

  async function prove(input: object = {}): Promise<{ email: string; proof: string }> {
    const email = `person-${users++}@example.com`;
    const { id } = (await app.requestEmail(email, { nonce: 'session-1', ...input })).data.requestEmailCode;
    return { email, proof: (await app.verify(id, await app.codeFor(email))).data.verifyCode.proof };
  }

  /** A proof of a node whose clock differs from this machine's by this many seconds. */
  async function proofBy(seconds: number): Promise<string> {
    clock.advance(seconds);
    try {
      return (await prove()).proof;
    } finally {
      clock.advance(-seconds);
    }
  }

  const jwks = async () => (await fetch(`${app.url}/.well-known/jwks.json`)).json();

  (WITH_OPENSSL ? it : it.skip)(
    'by openssl and Python, with issuer, audience, purpose and nonce pinned',
    async () => {
      const { email, proof } = await prove();
      const good = {
        proof,
        jwks: await jwks(),
        now: Math.floor(Date.now() / 1000),
        issuer: 'injeung',
        audience: AUDIENCE,
        purpose: 'sign-up',
        nonce: 'session-1',
      };
      const check = (changes: object) =>
        python(WITH_OPENSSL!, [CHECK_PROOF], JSON.stringify({ ...good, ...changes }));
      expect(await check({})).toBe(`ok ${email}`);
      const [header, payload, signature] = proof.split('.') as [string, string, string];
      const forge = (part: string, changes: object) =>
        Buffer.from(
          JSON.stringify({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...changes }),
        ).toString('base64url');
      const other = await TestApp.start('sqlite', { PROOF_AUDIENCE: AUDIENCE });
      const stranger = await (await fetch(`${other.url}/.well-known/jwks.json`)).json();
      await other.close();
      for (const [changes, wrong] of [
        [{ issuer: 'another' }, 'iss'],
        [{ audience: 'another' }, 'aud'],
        [{ purpose: 'log-in' }, 'purpose'],
        [{ nonce: 'session-2' }, 'nonce'],
        [{ now: good.now + 601 }, 'time'],
        [{ jwks: stranger }, 'key'],
        [{ proof: `${header}.${forge(payload, { sub: 'victim@example.com' })}.${signature}` }, 'signature'],
        [{ proof: `${forge(header, { alg: 'none' })}.${payload}.` }, 'alg'],
      ] as const)
        expect([wrong, await check(changes)]).toEqual([wrong, wrong]);
    },
  );

  (WITH_PYJWT ? it : it.skip)('by the Python that the guide shows', async () => {
    const program = [
      'import json, sys',
      'proof, session = json.load(sys.stdin)',
      example(GUIDE, 'python', app.url).replace('issuer=', `audience="${AUDIENCE}", issuer=`),
      'print("ok " + claims["sub"])',
    ].join('\n');
    const check = (proof: string, nonce: string | null) =>
      python(WITH_PYJWT!, ['-c', program], JSON.stringify([proof, { nonce }]));
    const { email, proof } = await prove();
    expect(await check(proof, 'session-1')).toBe(`ok ${email}`);
    expect(await check(proof, 'session-2')).toContain('PermissionError');
    expect(await check((await prove({ purpose: 'log-in' })).proof, 'session-1')).toContain('PermissionError');
    expect(await check((await prove({ nonce: null })).proof, null)).toContain('PermissionError');
    expect(await check(`${proof.slice(0, -4)}AAAA`, 'session-1')).toContain('InvalidSignatureError');
    expect(await check(await proofBy(20), 'session-1')).toMatch(/^ok /);
    expect(await check(await proofBy(-615), 'session-1')).toMatch(/^ok /);
    expect(await check(await proofBy(60), 'session-1')).toContain('ImmatureSignatureError');
    expect(await check(await proofBy(-660), 'session-1')).toContain('ExpiredSignatureError');
  });

  it('by the Express back end that the guide shows', async () => {
    const block = example(GUIDE, 'js', app.url);
    expect(block).toContain("issuer: 'injeung',");
    const backEnd = new ExpressSample(block.replace("issuer: 'injeung',", `$& audience: '${AUDIENCE}',`));
    const { email, proof } = await prove();
    // Two requests of one session read the same nonce before either of them is answered.
    const both = [backEnd.post(proof, 'session-1'), backEnd.post(proof, 'session-1')];
    expect((await Promise.all(both)).sort()).toEqual([201, 403]);
    expect(await backEnd.post(proof, 'session-1')).toBe(403);
    const refused = (await prove()).proof;
    expect(await backEnd.post(refused, 'session-2')).toBe(403);
    expect(await backEnd.post(refused, undefined)).toBe(403);
    expect(await backEnd.post(`${refused.slice(0, -4)}AAAA`, 'session-1')).toBe(403);
    expect(await backEnd.post(undefined, 'session-1')).toBe(403);
    expect(await backEnd.post((await prove({ purpose: 'log-in' })).proof, 'session-1')).toBe(403);
    expect(await backEnd.post((await prove({ nonce: null })).proof, undefined)).toBe(403);
    expect(await backEnd.post(await proofBy(-615), 'session-1')).toBe(201);
    expect(await backEnd.post(await proofBy(-660), 'session-1')).toBe(403);
    await app.restart({ PROOF_AUDIENCE: 'another-shop' });
    const { proof: foreign } = await prove();
    await app.restart({ PROOF_AUDIENCE: AUDIENCE });
    expect(await backEnd.post(foreign, 'session-1')).toBe(403);
    expect(backEnd.log).toContain('unexpected "aud" claim value');
    for (const secret of [email, proof, foreign]) expect(backEnd.log).not.toContain(secret);
    const session: { nonce?: string } = {};
    const page = backEnd.page(session);
    expect(page).toContain(`nonce="${session.nonce}"`);
    expect(backEnd.page(session)).toBe(page);
  });

  it('by the function that the README shows', async () => {
    type Check = (proof: string, purpose: string, nonce: string | null) => Promise<string>;
    const block = `${example('README.md', 'js', app.url)}\nreturn verifiedRecipient;`;
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the README's code is what is tested
    const make = new Function('createRemoteJWKSet', 'jwtVerify', block) as (...libraries: unknown[]) => Check;
    const verifiedRecipient = make(createRemoteJWKSet, jwtVerify);
    const { email, proof } = await prove();
    expect(await verifiedRecipient(proof, 'sign-up', 'session-1')).toBe(email);
    await expect(verifiedRecipient(proof, 'log-in', 'session-1')).rejects.toThrow('something else');
    await expect(verifiedRecipient(proof, 'sign-up', 'session-2')).rejects.toThrow('something else');
    await expect(verifiedRecipient((await prove({ nonce: null })).proof, 'sign-up', null)).rejects.toThrow();
    await expect(verifiedRecipient(`${proof.slice(0, -4)}AAAA`, 'sign-up', 'session-1')).rejects.toThrow();
  });
});
