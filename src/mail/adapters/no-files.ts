/**
 * Stands in for what nodemailer needs to attach files and to fetch addresses (`[alias]` in wrangler.toml). Studyhall's
 * mails have a text and its HTML, nothing else. `docs/decisions/a-smaller-worker.md`
 */
function leftOut(): never {
  throw new Error('Mails of Studyhall carry no files and fetch nothing.')
}

export { leftOut as default, leftOut as detectExtension, leftOut as detectMimeType }
