import { type Database } from '../database';

/**
 * Takes a duty for `leaseMs`.
 *
 * @param longestMs the longest time that `due_at` is ever set ahead. A later `due_at` comes from a clock that was
 *   wrong, so it is ignored.
 * @returns false while another run has the duty, or when it is not due.
 */
export async function takeDuty(
  database: Database,
  duty: { name: string; holder: string; leaseMs: number; longestMs: number },
): Promise<boolean> {
  const taken = await database.write(
    `INSERT INTO duty (name, holder, due_at) VALUES ($1, $2, now_ms() + $3)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, due_at = excluded.due_at
     WHERE duty.due_at <= now_ms() OR duty.due_at > now_ms() + $4 RETURNING name`,
    [duty.name, duty.holder, duty.leaseMs, duty.longestMs],
  );
  return taken.length === 1;
}

/** Makes a duty due again after `dueInMs`. Changes nothing when another run has taken the duty since. */
export async function releaseDuty(
  database: Database,
  { name, holder, dueInMs }: { name: string; holder: string; dueInMs: number },
): Promise<void> {
  await database.write(`UPDATE duty SET due_at = now_ms() + $3 WHERE name = $1 AND holder = $2`, [
    name,
    holder,
    dueInMs,
  ]);
}
