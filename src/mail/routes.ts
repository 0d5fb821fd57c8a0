import { Hono } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../app/env'
import { describe } from '../app/openapi'
import { routeErrors } from '../shared/errors'
import { listOutbox } from './actions'
import { type Outbox, outboxReply } from './schemas'

/** Styles and nothing else; a mail shown in its frame inherits this, so it can load nothing and run nothing. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** What mail, phone and push would have sent, for development. Answers only to this machine, and only while DEV_OUTBOX is on. */
export const outboxRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/outbox.json',
      describe({
        summary: 'List what the local stand-ins for mail, phone and push have kept',
        description: 'Exists only on a machine of one’s own, while DEV_OUTBOX is on; a 404 anywhere else.',
        tag: 'Development',
        open: true,
        replies: { 200: outboxReply },
        errors: [routeErrors.notFound],
      }),
      async (c) => c.json(await listOutbox(c.var.ctx, new URL(c.req.url).hostname)),
    )
    .get(
      '/outbox',
      describe({
        summary: 'Show what the local stand-ins for mail, phone and push have kept',
        description: 'A page, newest first. Exists only on a machine of one’s own, while DEV_OUTBOX is on.',
        tag: 'Development',
        open: true,
        replies: { 200: null },
        errors: [routeErrors.notFound],
      }),
      async (c) => {
        const outbox = await listOutbox(c.var.ctx, new URL(c.req.url).hostname)
        c.header('Content-Security-Policy', pagePolicy)
        return c.html(outboxPage(outbox))
      },
    )

function outboxPage({ note, data }: Outbox) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Outbox · Studyhall</title>
<style>
body{max-width:50em;margin:0 auto;padding:1.5em;font:16px/1.5 system-ui,sans-serif}
.note{padding:.75em 1em;border:1px solid #b80;border-radius:6px}
article{margin:1.5em 0;padding:1em;border:1px solid #8886;border-radius:6px}
h2{margin:0 0 .25em;font-size:1.1em}
.facts{margin:0 0 1em;font-size:.9em;opacity:.75}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,monospace}
iframe{width:100%;height:30em;border:1px solid #8886;border-radius:6px}
</style>
</head>
<body>
<h1>Outbox</h1>
<p class="note"><strong>${note}</strong> Studyhall keeps the newest ones here, because no mail server, phone
service or push service is set up. Reload to see more; <a href="/dev/outbox.json">the same as JSON</a>.</p>
${data.length === 0 ? html`<p>Nothing yet.</p>` : data.map(entry)}
</body>
</html>`
}

const kinds = { mail: 'Mail', sms: 'Text message', push: 'Push message' }

function entry({ kind, from, to, subject, text, html: words, messageId, sentAt }: Outbox['data'][number]) {
  return html`<article>
<h2>${subject}</h2>
<p class="facts">${kinds[kind]} to ${to}, from ${from}, ${sentAt}${messageId ? html`, ${messageId}` : ''}</p>
<pre>${linked(text)}</pre>
${
  words === null
    ? ''
    : html`<details><summary>As HTML</summary>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="${subject}" srcdoc="${`<base target="_blank">${words}`}"></iframe>
</details>`
}</article>
`
}

/** The text with its web addresses as links; everything else is escaped by the template. */
function linked(text: string) {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, at) => (at % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : part))
}
