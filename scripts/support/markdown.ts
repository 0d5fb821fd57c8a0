/** A page of our docs from Markdown. Knows what our pages use: headings, paragraphs, lists, tables, code, bold and links. */
export function markdownPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Studyhall</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/pages.css">
</head>
<body>
<main>
<p><a href="/">Studyhall</a> · <a href="/docs">API</a></p>
${markdownToHtml(markdown)}
</main>
</body>
</html>
`
}

export function markdownToHtml(markdown: string): string {
  const lines = markdown.split('\n')
  const out: string[] = []
  const takeWhile = (fits: (line: string) => boolean) => {
    const taken: string[] = []
    while (lines.length > 0 && fits(lines[0] as string)) taken.push(lines.shift() as string)
    return taken
  }
  while (lines.length > 0) {
    const line = lines[0] as string
    const heading = /^(#{1,4}) (.+)$/.exec(line)
    if (line.trim() === '') lines.shift()
    else if (heading) {
      const level = heading[1]?.length
      out.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`)
      lines.shift()
    } else if (line.startsWith('```')) {
      lines.shift()
      out.push(`<pre><code>${escapeHtml(takeWhile((one) => !one.startsWith('```')).join('\n'))}</code></pre>`)
      lines.shift()
    } else if (line.startsWith('|')) out.push(table(takeWhile((one) => one.startsWith('|'))))
    else if (isItem(line)) out.push(list(takeWhile((one) => isItem(one) || /^\s+\S/.test(one))))
    else out.push(`<p>${inline(takeWhile((one) => one.trim() !== '' && !startsBlock(one)).join(' '))}</p>`)
  }
  return out.join('\n')
}

const isItem = (line: string) => /^(?:[-*]|\d+\.) /.test(line)
const startsBlock = (line: string) => isItem(line) || /^(?:#{1,4} |```|\|)/.test(line)

function list(lines: string[]): string {
  const items: string[] = []
  for (const line of lines) {
    if (isItem(line)) items.push(line.replace(/^\S+ /, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  const tag = /^\d/.test(lines[0] ?? '') ? 'ol' : 'ul'
  // A rule starts with its number, **L12**, and can be linked to by it.
  const item = (text: string) => {
    const rule = /^\*\*([A-Z]\d+[a-z]?)\*\*/.exec(text)?.[1]
    return `<li${rule ? ` id="${rule}"` : ''}>${inline(text)}</li>`
  }
  return `<${tag}>\n${items.map(item).join('\n')}\n</${tag}>`
}

function table(lines: string[]): string {
  const cells = (line: string) =>
    line
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((text) => inline(text.trim().replaceAll('\\|', '|')))
  const [head = '', , ...rows] = lines
  const row = (tag: string, line: string) =>
    `<tr>${cells(line)
      .map((text) => `<${tag}>${text}</${tag}>`)
      .join('')}</tr>`
  return `<table>\n${row('th', head)}\n${rows.map((line) => row('td', line)).join('\n')}\n</table>`
}

function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (/^`.+`$/.test(part)) return `<code>${escapeHtml(part.slice(1, -1))}</code>`
      return escapeHtml(part)
        .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
        .replace(/\[([^\]]+)\]\((https:[^\s)]+|[/#][^\s)]*)\)/g, '<a href="$2">$1</a>')
    })
    .join('')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
