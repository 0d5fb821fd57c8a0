import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../package.json'
import * as standIn from '../src/auth/passkeys/adapters/no-attestation'
import { leftOut } from './support/left-out'

const root = resolve(import.meta.dirname, '..')
const read = (der: number[]) => standIn.AsnParser.parse(Uint8Array.from(der), standIn.ECDSASigValue)

// A name without a path would be missed without a sound when a library renames a file; the name of a file could be
// another library's, too.
test('what is left out by the name of a file belongs to one library', () => {
  const files = Object.keys(manifest.dependencies).flatMap((name) =>
    globSync(`node_modules/${name}/**/*.js`, { cwd: root, exclude: (path) => path === 'cjs' || path === 'script' }),
  )
  const texts = files.map((file) => ({ file, text: readFileSync(resolve(root, file), 'utf8') }))
  const found = Object.keys(leftOut)
    .filter((name) => name.startsWith('.'))
    .map((name) => {
      const asking = texts.filter(({ text }) => text.includes(`from '${name}'`) || text.includes(`from "${name}"`))
      const libraries = new Set(asking.map(({ file }) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]))
      return [name, [...libraries].join(', ')]
    })
  const webauthn = [
    ...['android-key', 'android-safetynet', 'apple', 'mds'].map((name) => `./defaultRootCerts/${name}.js`),
    ...['tpm/verifyAttestationTPM', 'verifyAttestationAndroidKey', 'verifyAttestationAndroidSafetyNet'],
    ...['verifyAttestationApple', 'verifyAttestationFIDOU2F'],
  ].map((name) => (name.startsWith('.') ? name : `./verifications/${name}.js`))
  const ofPacked = [
    'metadata/verifyAttestationWithMetadata',
    'services/metadataService',
    'helpers/validateCertificatePath',
  ]
  const names = ['./services/metadataService.js', ...webauthn, ...ofPacked.map((name) => `../../${name}.js`)]
  expect(Object.fromEntries(found)).toEqual({
    ...Object.fromEntries(names.map((name) => [name, '@simplewebauthn/server'])),
    '../fetch/index.js': 'nodemailer',
    './mime-types.js': 'nodemailer',
    './nlp/index': 'rrule',
  })
  expect(Object.values(leftOut).filter((path) => !existsSync(path))).toEqual([])
})

test.each([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
])('the two numbers of a signature by %s are read as Node reads them', (namedCurve, size) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  // Among so many are some whose numbers are short, or begin with a high bit.
  for (let i = 0; i < 300; i += 1) {
    const data = Buffer.from(`signed ${i}`)
    const { r, s } = read([...sign('sha256', data, privateKey)])
    const joined = Buffer.concat([r, s].map((number) => Buffer.from(number).subarray(number[0] === 0 ? 1 : 0)).map(pad))
    expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, joined)).toBe(true)
  }
  function pad(number: Buffer) {
    return Buffer.concat([Buffer.alloc(size - number.length), number])
  }
})

test.each([
  ['nothing', []],
  ['a tag alone', [0x30]],
  ['a sequence of nothing', [0x30, 0]],
  ['one number', [0x30, 3, 2, 1, 5]],
  ['three numbers', [0x30, 9, 2, 1, 5, 2, 1, 6, 2, 1, 7]],
  ['another tag', [0x31, 6, 2, 1, 5, 2, 1, 6]],
  ['text for a number', [0x30, 6, 4, 1, 5, 2, 1, 6]],
  ['something after it', [0x30, 6, 2, 1, 5, 2, 1, 6, 0]],
  ['less than it says', [0x30, 7, 2, 1, 5, 2, 1, 6]],
  ['a number longer than all', [0x30, 6, 2, 1, 5, 2, 9, 6]],
  ['a negative number', [0x30, 6, 2, 1, 0x80, 2, 1, 6]],
  ['a number of no bytes', [0x30, 5, 2, 0, 2, 1, 6]],
  ['a zero in front that nothing needs', [0x30, 7, 2, 2, 0, 5, 2, 1, 6]],
  ['a length without an end', [0x30, 0x80, 2, 1, 5, 2, 1, 6, 0, 0]],
  ['a longer length than it needs', [0x30, 0x81, 6, 2, 1, 5, 2, 1, 6]],
  ['a length of two bytes', [0x30, 0x82, 0, 6, 2, 1, 5, 2, 1, 6]],
])('%s is no signature', (_, der) => {
  expect(() => read(der)).toThrow()
})

test('the smallest signature is read', () => {
  expect(read([0x30, 6, 2, 1, 0, 2, 1, 6])).toEqual(new standIn.ECDSASigValue(Uint8Array.of(0), Uint8Array.of(6)))
})

test('certificates are not read', () => {
  const parse = (kind: unknown) => () => standIn.AsnParser.parse(Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 6), kind)
  expect(parse(standIn.Certificate)).toThrow('asks for no attestation')
  expect(() => new standIn.X509ChainBuilder()).toThrow('asks for no attestation')
})
