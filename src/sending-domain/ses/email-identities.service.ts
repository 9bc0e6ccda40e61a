import { AppError, badInput } from '../../shared/errors';
import { type DkimKeyRepository } from '../dkim/dkim-key.repository';
import { knownIdentityName, parseIdentityName, requireIdentityName, unknownIdentity } from './identity-name';
import { type SesIdentities } from './ses-identities';
import { type EmailIdentity, type IdentityFilter, type ListedIdentity } from './ses-identities.types';

export interface IdentityEdge {
  node: ListedIdentity;
  cursor: string;
}

export interface IdentityEdges {
  edges: IdentityEdge[];
  hasNextPage: boolean;
}

/** The position of an entry in SES's list: SES's token for the page, and the index on the page. */
interface Position {
  token: string | null;
  index: number;
}

/** The identities of the SES account, as operators see them. */
export class EmailIdentities {
  constructor(
    private readonly ses: SesIdentities,
    private readonly keys: DkimKeyRepository,
  ) {}

  /**
   * Returns identities in SES's order. A cursor contains SES's own token, so it expires with the token.
   *
   * @throws AppError BAD_USER_INPUT when the text is not a cursor of this list or has expired.
   */
  async list(filter: IdentityFilter, first: number, after: string | null): Promise<IdentityEdges> {
    const start = after === null ? { token: null, index: -1 } : parseCursor(after, filter);
    const edges: IdentityEdge[] = [];
    let { token } = start;
    let skip = start.index + 1;
    for (;;) {
      const page = await this.page(filter, token);
      for (const [index, node] of page.identities.entries()) {
        if (index < skip || !fits(node, filter)) continue;
        if (edges.length === first) return { edges, hasNextPage: true };
        edges.push({ node, cursor: toCursor({ token, index }, filter) });
      }
      // Without this check, an endpoint that returns the same token again would be read without end.
      if (page.nextToken === null || page.nextToken === token) return { edges, hasNextPage: false };
      token = page.nextToken;
      skip = 0;
    }
  }

  /** Null when SES has no identity with this name, or when the text cannot be a name. */
  async find(name: string): Promise<EmailIdentity | null> {
    const parsed = parseIdentityName(name);
    return parsed === null ? null : this.ses.find(parsed);
  }

  /** Creates an identity: a domain with Easy DKIM, or an address, to which SES sends a confirmation link. */
  async create(typed: string): Promise<EmailIdentity> {
    const name = requireIdentityName(typed);
    await this.ses.create(name, null);
    return this.require(name);
  }

  async setSigning(typed: string, enabled: boolean): Promise<EmailIdentity> {
    const name = knownIdentityName(typed);
    await this.ses.setSigning(name, enabled);
    return this.require(name);
  }

  /**
   * Deletes an identity and retires the keys of the domain. Their rows remain, so that no selector is reused.
   */
  async delete(typed: string): Promise<void> {
    const name = knownIdentityName(typed);
    try {
      await this.ses.delete(name);
    } catch (error) {
      // The identity was deleted before, in the console or by a call whose answer was lost. Its keys must be
      // retired too.
      if (error instanceof AppError && error.code === 'NOT_FOUND') await this.keys.retireAll(name);
      throw error;
    }
    await this.keys.retireAll(name);
  }

  private async require(name: string): Promise<EmailIdentity> {
    const identity = await this.ses.find(name);
    if (!identity) throw unknownIdentity(name);
    return identity;
  }

  private async page(filter: IdentityFilter, token: string | null) {
    try {
      return await this.ses.page(filter, token);
    } catch (error) {
      const name = error instanceof AppError ? error.extensions.name : undefined;
      if (name === 'InvalidNextTokenException')
        throw badInput('after', 'INVALID_CURSOR', 'this cursor has expired; request the first page again');
      throw error;
    }
  }
}

/** SES filters the list itself. Older endpoints ignore filters that they do not know. */
function fits(node: ListedIdentity, { type, verificationStatus, nameContains }: IdentityFilter): boolean {
  if (type && node.type !== type) return false;
  if (verificationStatus && node.verificationStatus !== verificationStatus) return false;
  return !nameContains || node.name.toLowerCase().includes(nameContains.toLowerCase());
}

/** A cursor is valid for its filter only, because the index counts the entries that SES's filter returned. */
function toCursor({ token, index }: Position, filter: IdentityFilter): string {
  return Buffer.from(JSON.stringify([token, index, nameOf(filter)])).toString('base64url');
}

function parseCursor(cursor: string, filter: IdentityFilter): Position {
  try {
    const [token, index, name] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const ours = (token === null || typeof token === 'string') && Number.isSafeInteger(index);
    if (ours && name === nameOf(filter)) return { token, index: index as number };
  } catch {
    // The text is not JSON. It is refused below.
  }
  throw badInput(
    'after',
    'INVALID_CURSOR',
    'is not a cursor of this list: pass an `endCursor` or `cursor` as it was returned, with the same filter, or omit it for the first page',
  );
}

function nameOf({ type, verificationStatus, nameContains }: IdentityFilter): string {
  return [type, verificationStatus, nameContains].map((part) => part ?? '').join(' ');
}
