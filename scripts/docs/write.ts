import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privacyPage } from './privacy-page.ts'
import { makeSocketDocument } from './socket-document.ts'
import { socketsPage } from './sockets-page.ts'

/**
 * Writes what is made from declarations that a running Worker never reads: what is stored of people, in words, and what
 * travels on sockets. A process of its own, because it needs the packages that its caller may just have installed.
 */
const folder = process.argv[2] ?? ''
const made = {
  'privacy.html': String(await privacyPage()),
  'sockets.html': String(await socketsPage()),
  'asyncapi.json': JSON.stringify(makeSocketDocument()),
}
for (const [name, text] of Object.entries(made)) {
  const path = join(folder, name)
  // A server that is running watches its assets.
  if ((await readFile(path, 'utf8').catch(() => null)) !== text) await writeFile(path, text)
}
