import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markdownPage } from './markdown.ts'
import { gist, root, run, Stop, seconds } from './run.ts'

const stamp = join(root, 'node_modules/.studyhall-installed')

/** Puts the packages of bun.lock in place, unless they are; only what Bun brings along may be imported until it is done. */
export async function installPackages(): Promise<void> {
  if (!process.versions.bun) throw new Stop('This script runs on Bun: npx bun start')
  const lock = createHash('sha256')
    .update(await readFile(join(root, 'bun.lock')))
    .digest('hex')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== lock) {
    process.stdout.write('Installing packages … ')
    const { code, output, ms } = await run([process.execPath, 'install', '--frozen-lockfile'])
    if (code !== 0) {
      console.log('failed')
      throw new Stop(`The packages could not be installed. bun install says:\n${gist(output)}`)
    }
    await writeFile(stamp, lock)
    console.log(`done (${seconds(ms)})`)
  }
  await makeDocsAssets()
}

/** What the docs pages show but other places own: our origin serves it, so copies go among our assets. */
async function makeDocsAssets(): Promise<void> {
  const from = join(root, 'node_modules/swagger-ui-dist')
  const to = join(root, 'public/docs/vendor')
  await mkdir(to, { recursive: true })
  for (const [page, title] of Object.entries({ 'live-room': 'The live room', study: 'Study time' })) {
    const rules = await readFile(join(root, `docs/${page}.md`), 'utf8').catch(() => null)
    if (rules !== null) await writeFile(join(to, `${page}.html`), markdownPage(title, rules))
  }
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE'])
    await copyFile(join(from, name), join(to, name)).catch(() => {
      throw new Stop('A package is not in place: swagger-ui-dist. Remove node_modules and start again.')
    })
  const { code, output } = await run([process.execPath, join(root, 'scripts/docs/write.ts'), to])
  if (code !== 0) throw new Stop(`The pages of the docs could not be made.\n${gist(output)}`)
}
