import { html } from 'hono/html'

type Html = ReturnType<typeof html>

/** A page of the documentation, as all of them look. @param more links behind those that every page has */
export const docsPage = (title: string, content: Html, more: Html | '' = '') => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Studyhall</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/pages.css">
</head>
<body>
<main>
<p><a href="/">Studyhall</a> · <a href="/docs">API</a>${more}</p>
${content}
</main>
</body>
</html>`
