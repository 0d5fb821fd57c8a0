/** How long a ticket waits for its socket (live-room.md L2). */
export const ticketSeconds = 30

/** 256 random bits. */
export function newTicket(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** What is stored of a ticket. It is random, so a plain hash is enough. */
export async function hashTicket(ticket: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ticket))
  return new Uint8Array(hash).toBase64()
}
