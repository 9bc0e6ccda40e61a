import { type ClassType, Field, ObjectType } from 'type-graphql';
import { badInput } from '../../shared/errors';

const DEFAULT_FIRST = 50;
const MAX_FIRST = 100;

export const FIRST = `Maximum number of entries to return, 1 to ${MAX_FIRST}; ${DEFAULT_FIRST} by default.`;
export const AFTER =
  'Return the entries after this cursor: pass the `endCursor` of the previous page. Omit it for the first page.';

export interface Edges<T> {
  edges: { node: T; cursor: string }[];
  hasNextPage: boolean;
  /** Where the next page begins, if it does not begin after the last edge. */
  endCursor?: string | null;
}

/** @throws AppError BAD_USER_INPUT */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_FIRST;
  if (size < 1 || size > MAX_FIRST) throw badInput('first', 'OUT_OF_RANGE', `must be 1 to ${MAX_FIRST}`);
  return size;
}

@ObjectType({
  description:
    'Information about a page of a list, as the GraphQL Cursor Connections Specification defines it.',
})
class PageInfo {
  @Field(() => Boolean, {
    description: 'True when more entries may follow this page. To get them, pass `endCursor` as `after`.',
  })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Always false, because lists are read forwards only.' })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first entry of this page; null when the page is empty.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Pass this as `after` to get the next page; null when the page is empty and no other follows.',
  })
  endCursor: string | null;
}

export interface Connection<T> {
  edges: { node: T; cursor: string }[];
  pageInfo: PageInfo;
}

/** Creates the connection type of a list as the GraphQL Cursor Connections Specification defines it. */
export function connectionType<T extends object>(node: ClassType<T>, name: string): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `An entry of a list of ${name}, with its cursor.` })
  class EdgeType {
    @Field(() => node, { description: 'The entry.' })
    node: T;

    @Field(() => String, {
      description:
        'Position of the entry in the list, an opaque string. Pass it as `after` to continue after this entry.',
    })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name}.` })
  class ConnectionType {
    @Field(() => [EdgeType], { description: 'The entries of this page.' })
    edges: EdgeType[];

    @Field(() => PageInfo, { description: 'Whether another page follows, and how to get it.' })
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

/** Creates a cursor from a time and an id, for lists that are sorted by these. */
export function timeCursor(at: number, id: string): string {
  return Buffer.from(`${at}:${id}`).toString('base64url');
}

/** @throws AppError BAD_USER_INPUT when the text is not a cursor of such a list. */
export function parseTimeCursor(cursor: string | null | undefined): { at: number; id: string } | null {
  if (!cursor) return null;
  const [, at, id] = /^(\d{1,15}):([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined)
    throw badInput(
      'after',
      'INVALID_CURSOR',
      'is not a cursor of this list: pass an `endCursor` or `cursor` as it was returned, or omit it for the first page',
    );
  return { at: Number(at), id };
}
