import { query, type Transaction } from '../../database/statement';

/** A provider that a queued delivery does not use any more. */
export interface RuledOut {
  ruledOut: readonly string[];
  /** Set when the provider's turn ends by this: when the next provider sends, in milliseconds. Null: it has ended. */
  turn: { provider: string; delayMs: number } | null;
}

/** Rules a provider out for a queued delivery, and ends its turn. The delivery is due when its code expires at the latest. */
export function* ruleOut(deliveryId: string, { ruledOut, turn }: RuledOut): Transaction<void> {
  yield* query(`UPDATE delivery SET ruled_out = $2, updated_at = now_ms() WHERE id = $1 RETURNING id`, [
    deliveryId,
    ruledOut.join(','),
  ]);
  if (turn === null) return;
  yield* query(
    `UPDATE delivery SET provider = $2, settlings = 0, uncertain_since = NULL,
       due_at = CASE WHEN now_ms() + $3 < expires_at THEN now_ms() + $3 ELSE expires_at END
     WHERE id = $1 RETURNING id`,
    [deliveryId, turn.provider, turn.delayMs],
  );
}
