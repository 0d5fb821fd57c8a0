/**
 * Stands in for the ASN.1 and X.509 libraries of @simplewebauthn/server (`[alias]` in wrangler.toml). It reads the one
 * thing of ASN.1 that a passkey needs, an ECDSA signature. Studyhall asks for no attestation, so whatever comes with
 * a certificate is refused here. `docs/decisions/a-smaller-worker.md`
 */
export class ECDSASigValue {
  constructor(
    /** Big-endian, with the zero in front that keeps an integer positive. */
    readonly r: Uint8Array<ArrayBuffer>,
    readonly s: Uint8Array<ArrayBuffer>,
  ) {}
}

export const AsnParser = {
  /** @throws Error for everything but the strict DER of an ECDSA signature */
  parse(bytes: Uint8Array, kind: unknown): ECDSASigValue {
    if (kind !== ECDSASigValue) throw leftOut()
    const der = Uint8Array.from(bytes)
    const sequence = readValue(der, 0x30)
    const r = readInteger(sequence.value)
    const s = readInteger(r.rest)
    if (sequence.rest.length > 0 || s.rest.length > 0) throw new Error('There is more than a signature.')
    return new ECDSASigValue(r.value, s.value)
  },
}

/** Signatures of the curves in use are shorter than 128 bytes or, for P-521, one byte of length longer. */
function readValue(der: Uint8Array<ArrayBuffer>, tag: number) {
  const [found, first = 0, second = 0] = der
  const start = first === 0x81 ? 3 : 2
  const length = first === 0x81 ? second : first
  const isShortest = first < 0x80 || (first === 0x81 && second >= 0x80)
  if (found !== tag || !isShortest || der.length < start + length) throw new Error('This is not a signature in DER.')
  return { value: der.slice(start, start + length), rest: der.slice(start + length) }
}

function readInteger(der: Uint8Array<ArrayBuffer>) {
  const { value, rest } = readValue(der, 0x02)
  const [first = 0x80, second = 0x80] = value
  const isShortest = first !== 0 || value.length === 1 || second >= 0x80
  if (first >= 0x80 || !isShortest) throw new Error('A signature has positive integers in their shortest form.')
  return { value, rest }
}

const leftOut = () => new Error('Studyhall asks for no attestation, and reads no certificates.')

function refuse(): never {
  throw leftOut()
}

export {
  refuse as validateCertificatePath,
  refuse as verifyAttestationAndroidKey,
  refuse as verifyAttestationAndroidSafetyNet,
  refuse as verifyAttestationApple,
  refuse as verifyAttestationFIDOU2F,
  refuse as verifyAttestationTPM,
  refuse as verifyAttestationWithMetadata,
}

/** What makers say of their authenticators. */
export const MetadataService = { getStatement: refuse }

class LeftOut {
  constructor() {
    throw leftOut()
  }
}

export {
  LeftOut as AuthorityKeyIdentifierExtension,
  LeftOut as BasicConstraints,
  LeftOut as Certificate,
  LeftOut as CRLDistributionPointsExtension,
  LeftOut as ECParameters,
  LeftOut as ExtendedKeyUsage,
  LeftOut as OctetString,
  LeftOut as RSAPublicKey,
  LeftOut as SubjectAlternativeName,
  LeftOut as SubjectKeyIdentifierExtension,
  LeftOut as X509Certificate,
  LeftOut as X509ChainBuilder,
  LeftOut as X509Crl,
}

/** No object identifier equals it. */
const noIdentifier = Symbol('left out')

export {
  noIdentifier as id_ce_basicConstraints,
  noIdentifier as id_ce_extKeyUsage,
  noIdentifier as id_ce_subjectAltName,
  noIdentifier as id_ecdsaWithSHA256,
  noIdentifier as id_ecdsaWithSHA384,
  noIdentifier as id_ecdsaWithSHA512,
  noIdentifier as id_ecPublicKey,
  noIdentifier as id_ml_dsa_44,
  noIdentifier as id_ml_dsa_65,
  noIdentifier as id_ml_dsa_87,
  noIdentifier as id_rsaEncryption,
  noIdentifier as id_secp256r1,
  noIdentifier as id_secp384r1,
  noIdentifier as id_sha1WithRSAEncryption,
  noIdentifier as id_sha256WithRSAEncryption,
  noIdentifier as id_sha384WithRSAEncryption,
  noIdentifier as id_sha512WithRSAEncryption,
}

/** Roots that vouch for authenticators: nobody's. */
const nobody: string[] = []

export {
  nobody as Apple_WebAuthn_Root_CA,
  nobody as GlobalSign_Root_CA,
  nobody as GlobalSign_Root_CA_R3,
  nobody as GlobalSign_Root_R46,
  nobody as Google_Hardware_Attestation_Root_1,
  nobody as Google_Hardware_Attestation_Root_2,
  nobody as Google_Hardware_Attestation_Root_3,
  nobody as Google_Hardware_Attestation_Root_4,
}
