/** One Worker with every password hash that runs there, at the cost that Studyhall uses: m = 19456, t = 2, p = 1. */
import { argon2id } from '@noble/hashes/argon2.js'
import { argon2id as edgeArgon2id, setWASMModules } from 'argon2-wasm-edge'
import argon2Wasm from 'argon2-wasm-edge/wasm/argon2.wasm'
import blake2bWasm from 'argon2-wasm-edge/wasm/blake2b.wasm'
import { hashPassword } from '../../../src/auth/passwords'

setWASMModules({ argon2WASM: argon2Wasm, blake2bWASM: blake2bWasm })
const password = 'quiet library'

const hashes = {
  studyhall: () => hashPassword(password),
  'argon2-wasm-edge': () =>
    edgeArgon2id({
      password,
      salt: crypto.getRandomValues(new Uint8Array(16)),
      parallelism: 1,
      iterations: 2,
      memorySize: 19_456,
      hashLength: 32,
      outputType: 'encoded',
    }),
  'noble-hashes': () =>
    argon2id(password, crypto.getRandomValues(new Uint8Array(16)), { t: 2, m: 19_456, p: 1, dkLen: 32 }),
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/health') return Response.json({ status: 'ok', hashes: Object.keys(hashes) })
    const hash = hashes[pathname.slice(1)]
    if (!hash) return new Response(null, { status: 404 })
    for (let n = 0; n < Number(searchParams.get('times')); n += 1) await hash()
    return new Response('done')
  },
}
