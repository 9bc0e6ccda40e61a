/** The least that a verification service needs of its database. */
export interface FloorStore {
  /** Stores a verification and its delivery, in one plain transaction. */
  insert(verification: { id: string; email: string; code: string; expiresAt: number }): Promise<void> | void;
  /** One conditional update; true when it matched. */
  verify(id: string, code: string, now: number): Promise<boolean> | boolean;
  close(): Promise<void> | void;
}

export const FLOOR_TABLES = [
  `CREATE TABLE verification (id text PRIMARY KEY, email text NOT NULL, code text NOT NULL, expires_at bigint NOT NULL,
     verified_at bigint)`,
  `CREATE TABLE delivery (id text PRIMARY KEY, verification_id text NOT NULL, status text NOT NULL,
     created_at bigint NOT NULL)`,
];

// Every parameter occurs once and in order, so that both databases can bind by position.
export const INSERT_VERIFICATION = `INSERT INTO verification (id, email, code, expires_at) VALUES ($1, $2, $3, $4)`;
export const INSERT_DELIVERY = `INSERT INTO delivery (id, verification_id, status, created_at) VALUES ($1, $2, 'SENT', $3)`;
export const VERIFY = `UPDATE verification SET verified_at = $1
  WHERE id = $2 AND code = $3 AND verified_at IS NULL AND expires_at > $4`;
