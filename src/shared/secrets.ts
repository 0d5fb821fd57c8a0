export const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

export const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })

/** 160 random bits in 27 characters that are safe in a URL: for what opens a door to whoever holds it. */
export const newSecret = () => base64url(randomBytes(20))

/** How a secret is kept that has too many random bits to be guessed. Useless for passwords and short codes. */
export async function hashSecret(secret: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))
}
