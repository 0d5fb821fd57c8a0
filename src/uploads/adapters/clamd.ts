import { connect } from 'cloudflare:sockets'
import { piecesOf } from '../../shared/pieces'
import { ScanFailed, type Scanner, type Verdict } from './contract'

const deadlineMs = 60_000
const answerBytes = 4096

/**
 * ClamAV's daemon, by INSTREAM of its protocol (man 8 clamd): chunks, each behind its length in four bytes, then a chunk
 * of length zero; the answer is one line. The protocol has no encryption: keep the daemon on a private network.
 * @param address `host:port`
 */
export function clamd(address: string): Scanner {
  return {
    name: 'clamd',
    async scan(file) {
      const socket = connect(address)
      // Whoever is late is told off by the socket's end.
      const late = setTimeout(() => void socket.close().catch(() => undefined), deadlineMs)
      try {
        const answer = readLine(socket.readable)
        answer.catch(() => undefined)
        // A daemon that has seen enough answers and closes; then there is an answer though not all could be written.
        await send(socket.writable, file).catch(() => undefined)
        return verdictOf(await answer)
      } catch (error) {
        throw error instanceof ScanFailed ? error : new ScanFailed(String(error))
      } finally {
        clearTimeout(late)
        await socket.close().catch(() => undefined)
      }
    },
  }
}

async function send(writable: WritableStream<Uint8Array>, file: ReadableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter()
  await writer.write(new TextEncoder().encode('zINSTREAM\0'))
  for await (const chunk of piecesOf(file)) {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, chunk.length)
    await writer.write(length)
    await writer.write(chunk)
  }
  await writer.write(new Uint8Array(4))
}

async function readLine(readable: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of readable) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('\0') || text.length > answerBytes) break
  }
  return text.split('\0')[0] ?? ''
}

function verdictOf(answer: string): Verdict {
  if (answer === 'stream: OK') return { clean: true }
  const found = /^stream: (.{1,200}) FOUND$/.exec(answer)
  if (found?.[1]) return { clean: false, found: found[1] }
  throw new ScanFailed(`clamd answered: ${answer.slice(0, 200) || 'nothing'}`)
}
