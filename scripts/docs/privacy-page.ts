import { html } from 'hono/html'
import { docsPage } from '../../src/app/docs-page'
import { objects } from '../../src/privacy/object-personal-data'
import { tables } from '../../src/privacy/personal-data'
import { privacyVersion } from '../../src/users/rules'

interface Entry {
  name: string
  holds: string
  purpose: string
  kept: string
}

const list = (entries: Entry[]) => html`<dl>
${entries.map(
  ({ name, holds, purpose, kept }) => html`<div class="error" id="${name}">
<dt>${holds}</dt>
<dd>${purpose}<p class="help">Kept: ${kept} <code>${name}</code></p></dd>
</div>
`,
)}</dl>`

/** What is stored, why and for how long, from the declarations that the export and the erasure are made of. */
export function privacyPage() {
  const personal = tables.filter((table) => 'rows' in table).map((table) => ({ ...table, name: table.table }))
  const impersonal = tables.filter((table) => 'nobody' in table)
  return docsPage(
    'Privacy',
    html`<h1>What Studyhall stores about you</h1>
<p>Version <strong>${privacyVersion}</strong>. When you register, we note which version of this page you agreed to.</p>
<p>Nothing here is sold, and nothing is used for advertising. Whoever runs this Studyhall is responsible for it and can
tell you more. Your browser stores what keeps you signed in, and nothing else.</p>
<h2>What you can do</h2>
<ul>
<li><strong>See it:</strong> ask for a copy of everything at <code>POST /api/v1/users/me/export</code>. It is ready within
minutes, is kept for seven days, and a link to it is good for five minutes. You may ask once in 24 hours.</li>
<li><strong>Decide who sees it:</strong> <code>PATCH /api/v1/users/me/settings</code>.</li>
<li><strong>Have it erased:</strong> <code>DELETE /api/v1/users/me</code>. You are signed out at once and no longer found.
For 14 days you can take it back by signing in; then everything below is erased. You choose whether your messages go, or
stay under “Deleted user”. Rooms that you own go to their first moderator or longest-standing member.</li>
</ul>
<h2>In the database</h2>
${list(personal)}
<h2>In rooms, and as files</h2>
${list(objects.map((object) => ({ ...object, name: object.store })))}
<h2>What is nobody’s</h2>
<ul>
${impersonal.map(({ table, nobody }) => html`<li><code>${table}</code>: ${nobody}.</li>`)}
</ul>`,
  )
}
