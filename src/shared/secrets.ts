/** 160 random bits in 27 characters that are safe in a URL: for what opens a door to whoever holds it. */
export const newSecret = () =>
  crypto.getRandomValues(new Uint8Array(20)).toBase64({ alphabet: 'base64url', omitPadding: true })
