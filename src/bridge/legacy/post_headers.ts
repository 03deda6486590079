/** The header fields of every POST in the legacy era. */
export const postHeaders = {
  "content-type": "application/json",
  "accept": "application/json, text/event-stream",
} as const;
