import { type ClassType, Field, ObjectType } from 'type-graphql';
import { badInput } from '../../shared/errors';

const DEFAULT_FIRST = 50;
const MAX_FIRST = 100;

export const FIRST = `How many at most, 1 to ${MAX_FIRST}; ${DEFAULT_FIRST} unless given.`;
export const AFTER = 'The `endCursor` of the page before this one; the first page without it.';

export interface Edges<T> {
  edges: { node: T; cursor: string }[];
  hasNextPage: boolean;
  /** Where the next page begins, when that is not after the last edge. */
  endCursor?: string | null;
}

/** @throws AppError BAD_USER_INPUT */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_FIRST;
  if (size < 1 || size > MAX_FIRST) throw badInput('first', 'OUT_OF_RANGE', `must be 1 to ${MAX_FIRST}`);
  return size;
}

@ObjectType({ description: 'Where a page of a list ends (GraphQL Cursor Connections Specification).' })
class PageInfo {
  @Field(() => Boolean, { description: 'Whether there may be more after this page.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Always false: lists are read forwards.' })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry; null on an empty page.' })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'What to give as `after` for the next page.' })
  endCursor: string | null;
}

export interface Connection<T> {
  edges: { node: T; cursor: string }[];
  pageInfo: PageInfo;
}

/** Makes the connection type of a list, as the GraphQL Cursor Connections Specification names and shapes it. */
export function connectionType<T extends object>(node: ClassType<T>, name: string): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: 'An entry of the list.' })
  class EdgeType {
    @Field(() => node, { description: 'The entry itself.' })
    node: T;

    @Field(() => String, { description: 'Its place in the list; opaque.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { description: 'A page of the list.' })
  class ConnectionType {
    @Field(() => [EdgeType], { description: 'The entries with their places.' })
    edges: EdgeType[];

    @Field(() => PageInfo, { description: 'How to go on.' })
    pageInfo: PageInfo;
  }
  return ConnectionType;
}

export function toConnection<T>({ edges, hasNextPage, endCursor }: Edges<T>): Connection<T> {
  return {
    edges,
    pageInfo: {
      hasNextPage,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: endCursor ?? edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A cursor out of a time and an id, for lists that are sorted by these. */
export function timeCursor(at: number, id: string): string {
  return Buffer.from(`${at}:${id}`).toString('base64url');
}

/** @throws AppError BAD_USER_INPUT when it is no cursor of such a list. */
export function parseTimeCursor(cursor: string | null | undefined): { at: number; id: string } | null {
  if (!cursor) return null;
  const [, at, id] = /^(\d{1,15}):([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined)
    throw badInput('after', 'INVALID_CURSOR', 'must be a cursor of this list');
  return { at: Number(at), id };
}
