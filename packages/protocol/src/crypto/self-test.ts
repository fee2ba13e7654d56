import { fromHex, toHex, utf8Bytes } from '../encoding/text.ts'
import { findSignatureFault } from './ed25519.ts'
import type { Crypto } from './ports.ts'
import type { BackendVector } from './self-test-vectors.ts'
import { backendVectors } from './self-test-vectors.ts'

/** One thing that a backend answers otherwise than every other node. */
export interface SelfTestFailure {
  readonly description: string
  readonly expected: string
  /** What the backend answered: a digest, `accept`, the code of a refusal, or `threw`. */
  readonly got: string
}

/**
 * Compares a backend with the acceptance rule and with known digests; no failures means that it may be used. A node that
 * would start with failures would hold a set of records of its own, so it refuses to start. A backend that throws fails.
 *
 * @see docs/spec/signatures.md, "Self-test"
 */
export async function selfTest(crypto: Crypto): Promise<SelfTestFailure[]> {
  const failures: SelfTestFailure[] = []
  for (const { description, expected, answer } of questionsTo(crypto)) {
    const got = await answer().catch(() => 'threw')
    if (got !== expected) failures.push({ description, expected, got })
  }
  return failures
}

interface Question {
  readonly description: string
  readonly expected: string
  readonly answer: () => Promise<string>
}

function questionsTo(crypto: Crypto): Question[] {
  const digests = KNOWN_DIGESTS.map(({ text, digest }) => ({
    description: `SHA-256 of ${text.length} bytes`,
    expected: digest,
    answer: async () => toHex(crypto.sha256(utf8Bytes(text))),
  }))
  const signatures = backendVectors.map((vector) => ({
    description: vector.description,
    expected: vector.expect,
    answer: () => judge(crypto, vector),
  }))
  return [...digests, ...signatures]
}

async function judge(crypto: Crypto, { publicKey, message, signature }: BackendVector): Promise<string> {
  const fault = await findSignatureFault(crypto, fromHex(publicKey), fromHex(message), fromHex(signature))
  return fault ?? 'accept'
}

/** FIPS 180-4 examples: no block of text, one, and two. */
const KNOWN_DIGESTS = [
  { text: '', digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
  { text: 'abc', digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
  {
    text: 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    digest: '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  },
] as const
