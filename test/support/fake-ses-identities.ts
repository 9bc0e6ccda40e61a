import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Answer, type Call } from './http-provider';

export interface FakeIdentity {
  type: string;
  verificationStatus: string;
  origin: string;
  signingEnabled: boolean;
  status: string;
  tokens: string[];
  selector: string | null;
  privateKey: KeyObject | null;
  mailFromDomain: string | null;
  mailFromStatus: string;
  onMxFailure: string;
}

const IDENTITY = /^\/v2\/email\/identities\/([^/?]+)(\/dkim(?:\/signing)?|\/mail-from)?$/;

/** The identity calls of SESv2. It stores identities, checks keys like SES, and returns pages. */
export class FakeSesIdentities {
  readonly identities = new Map<string, FakeIdentity>();
  /** The largest page that it returns, even when a larger one is requested: SES can always return fewer items. */
  pageLimit = 50;
  /** AWS's documents differ on `Tokens` under BYODKIM: it contains the selector or nothing. */
  tokensUnderByodkim = true;
  /** The answers of the next calls instead of their normal answers. */
  readonly refusals: Answer[] = [];
  /** Decides for each call whether it is refused, after `refusals`. */
  refuseAlways: (call: Call) => Answer | null = () => null;
  /** Accepts the next key, but answers with an error. */
  loseNextAnswer = false;

  /** Returns null for a call that does not concern identities. */
  answer(call: Call): Answer | null {
    const { method, target, body } = call;
    const { pathname, searchParams } = new URL(target, 'http://localhost');
    const isList = pathname === '/v2/email/list-identities' || pathname === '/v2/email/identities';
    if (!isList && !IDENTITY.test(pathname)) return null;
    const planned = this.refusals.shift() ?? this.refuseAlways(call);
    if (planned) return planned;
    const json = body === '' ? {} : JSON.parse(body);
    if (method === 'POST' && pathname === '/v2/email/list-identities') return this.list(json);
    if (method === 'GET' && pathname === '/v2/email/identities')
      return this.list(Object.fromEntries(searchParams));
    if (method === 'POST' && pathname === '/v2/email/identities') return this.create(json);
    const [, encoded, part] = IDENTITY.exec(pathname)!;
    return this.one(method, decodeURIComponent(encoded!), part ?? '', json);
  }

  /** Adds an identity like the console. */
  add(name: string, identity: Partial<FakeIdentity> = {}): FakeIdentity {
    const made: FakeIdentity = {
      type: name.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN',
      verificationStatus: 'SUCCESS',
      origin: 'AWS_SES',
      signingEnabled: true,
      status: 'SUCCESS',
      tokens: ['aaa', 'bbb', 'ccc'].map((token) => `${token}${name.replace(/\W/g, '')}`),
      selector: null,
      privateKey: null,
      mailFromDomain: null,
      mailFromStatus: 'SUCCESS',
      onMxFailure: 'USE_DEFAULT_VALUE',
      ...identity,
    };
    this.identities.set(name, made);
    return made;
  }

  /** Confirms the identities whose record contains the public key, as SES does every few minutes. */
  async confirmFromDns(txt: (name: string) => Promise<string>): Promise<void> {
    for (const [name, identity] of this.identities) {
      if (identity.origin !== 'EXTERNAL' || identity.status !== 'PENDING') continue;
      const published = /p=([^;]*)/.exec(await txt(`${identity.selector}._domainkey.${name}`))?.[1];
      const expected = createPublicKey(identity.privateKey!).export({ type: 'spki', format: 'der' });
      if (published === expected.toString('base64')) {
        Object.assign(identity, { status: 'SUCCESS', verificationStatus: 'SUCCESS' });
      }
    }
  }

  private list({ PageSize, NextToken, Filter = {} }: any): Answer {
    const start = NextToken ? Number(/^page-(\d+)$/.exec(NextToken)?.[1] ?? NaN) : 0;
    if (Number.isNaN(start)) return sesRefusal(400, 'InvalidNextTokenException', 'The token is not valid');
    const all = [...this.identities].filter(
      ([name, { type, verificationStatus }]) =>
        name.includes(Filter.IDENTITY_NAME_CONTAINS ?? '') &&
        (Filter.IDENTITY_TYPE ?? type) === type &&
        (Filter.VERIFICATION_STATUS ?? verificationStatus) === verificationStatus,
    );
    const end = start + Math.min(Number(PageSize ?? 100), this.pageLimit);
    const EmailIdentities = all.slice(start, end).map(([IdentityName, identity]) => ({
      IdentityName,
      IdentityType: identity.type,
      SendingEnabled: identity.verificationStatus === 'SUCCESS',
      VerificationStatus: identity.verificationStatus,
    }));
    return ok({ EmailIdentities, ...(end < all.length ? { NextToken: `page-${end}` } : {}) });
  }

  private create({ EmailIdentity: name, DkimSigningAttributes: signing }: any): Answer {
    if (this.identities.has(name)) return sesRefusal(400, 'AlreadyExistsException', `${name} already exists`);
    if (signing && name.includes('@'))
      return sesRefusal(400, 'BadRequestException', 'BYODKIM is for domains');
    const identity = this.add(name, { verificationStatus: 'PENDING', status: 'PENDING' });
    const refused = signing ? this.takeKey(identity, signing) : null;
    if (refused) this.identities.delete(name);
    return refused ?? ok(view(identity));
  }

  private one(method: string, name: string, part: string, body: any): Answer {
    const identity = this.identities.get(name);
    if (!identity) return sesRefusal(404, 'NotFoundException', `Email identity ${name} does not exist.`);
    if (method === 'GET' && part === '') return ok(view(identity));
    if (method === 'DELETE' && part === '') {
      this.identities.delete(name);
      return ok({});
    }
    if (method === 'PUT' && part === '/dkim') {
      identity.signingEnabled = body.SigningEnabled;
      return ok({});
    }
    if (method === 'PUT' && part === '/dkim/signing') {
      if (body.SigningAttributesOrigin !== 'EXTERNAL')
        return sesRefusal(400, 'BadRequestException', 'origin');
      const refused = this.takeKey(identity, body.SigningAttributes);
      if (this.loseNextAnswer) {
        this.loseNextAnswer = false;
        return sesRefusal(500, 'InternalFailure', 'lost');
      }
      return refused ?? ok({ DkimStatus: identity.status, DkimTokens: identity.tokens });
    }
    if (method === 'PUT' && part === '/mail-from') return this.setMailFrom(identity, name, body);
    return sesRefusal(404, 'NotFoundException', part);
  }

  /** Without a domain, the setting is disabled. With one, SES begins to look for its MX record. */
  private setMailFrom(
    identity: FakeIdentity,
    name: string,
    { MailFromDomain: domain = null, BehaviorOnMxFailure: behavior = 'USE_DEFAULT_VALUE' }: any,
  ): Answer {
    const parent = name.slice(name.lastIndexOf('@') + 1);
    if (domain !== null && !domain.endsWith(`.${parent}`))
      return sesRefusal(400, 'BadRequestException', `${domain} is not a subdomain of ${name}`);
    if (!['USE_DEFAULT_VALUE', 'REJECT_MESSAGE'].includes(behavior))
      return sesRefusal(400, 'BadRequestException', 'behavior');
    if (domain === null && behavior === 'REJECT_MESSAGE')
      return sesRefusal(400, 'BadRequestException', 'REJECT_MESSAGE requires a domain');
    Object.assign(identity, { mailFromDomain: domain, mailFromStatus: 'PENDING', onMxFailure: behavior });
    return ok({});
  }

  /**
   * Checks the rules of SES: one line of base64, PKCS#1 or PKCS#8, RSA of 1024 to 2048 bits, and a selector without
   * dots.
   */
  private takeKey(
    identity: FakeIdentity,
    { DomainSigningSelector: selector, DomainSigningPrivateKey: key }: any,
  ): Answer | null {
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(selector ?? ''))
      return sesRefusal(400, 'BadRequestException', 'selector');
    const privateKey = readKey(key);
    const bits = privateKey?.asymmetricKeyDetails?.modulusLength ?? 0;
    if (privateKey?.asymmetricKeyType !== 'rsa' || bits < 1024 || bits > 2048) {
      const message = `1 validation error detected: Value '${key}' at 'dkimSigningAttributes.domainSigningPrivateKey' failed to satisfy constraint`;
      return sesRefusal(400, 'BadRequestException', message);
    }
    Object.assign(identity, {
      origin: 'EXTERNAL',
      status: 'PENDING',
      selector,
      privateKey,
      tokens: this.tokensUnderByodkim ? [selector] : [],
    });
    return null;
  }
}

function readKey(base64: string): KeyObject | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64 ?? '')) return null;
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type });
    } catch {
      continue;
    }
  }
  return null;
}

function view(identity: FakeIdentity): object {
  return {
    IdentityType: identity.type,
    VerifiedForSendingStatus: identity.verificationStatus === 'SUCCESS',
    VerificationStatus: identity.verificationStatus,
    VerificationInfo: { LastCheckedTimestamp: 1_768_446_000.5 },
    DkimAttributes: {
      SigningEnabled: identity.signingEnabled,
      Status: identity.status,
      Tokens: identity.tokens,
      SigningAttributesOrigin: identity.origin,
      SigningHostedZone: 'dkim.amazonses.com',
    },
    MailFromAttributes: identity.mailFromDomain
      ? {
          MailFromDomain: identity.mailFromDomain,
          MailFromDomainStatus: identity.mailFromStatus,
          BehaviorOnMxFailure: identity.onMxFailure,
        }
      : // SES returns the behavior even if no domain is set.
        { BehaviorOnMxFailure: 'USE_DEFAULT_VALUE' },
  };
}

function ok(body: object): Answer {
  return { status: 200, body };
}

export function sesRefusal(status: number, type: string, message: string): Answer {
  return { status, body: { message }, headers: { 'x-amzn-errortype': type } };
}
