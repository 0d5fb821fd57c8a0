import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privacyPage } from './privacy-page.ts'
import { makeSocketDocument } from './socket-document.ts'
import { socketsPage } from './sockets-page.ts'

/**
 * Writes what is made from declarations that a running Worker never reads: what is stored of people, in words, and what
 * travels on sockets.
 * @param folder among our assets
 */
export async function writeMadePages(folder: string): Promise<void> {
  await writeFile(join(folder, 'privacy.html'), String(await privacyPage()))
  await writeFile(join(folder, 'sockets.html'), String(await socketsPage()))
  await writeFile(join(folder, 'asyncapi.json'), JSON.stringify(makeSocketDocument()))
}
