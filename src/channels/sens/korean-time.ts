const KOREAN_TIME_MS = 9 * 3_600_000;

/** The query of a list of SENS for the messages that were requested between two times: `YYYY-MM-DD HH:mm:ss`. */
export function requestedBetween(sinceMs: number, untilMs: number) {
  return { requestStartTime: koreanTime(sinceMs), requestEndTime: koreanTime(untilMs) };
}

/** SENS's pages do not name a time zone. Its lists have Korean time. */
function koreanTime(epochMs: number): string {
  return new Date(epochMs + KOREAN_TIME_MS).toISOString().slice(0, 19).replace('T', ' ');
}
