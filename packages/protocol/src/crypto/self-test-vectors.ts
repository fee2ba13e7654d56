/** A signature of sound form and what a backend must say of it. Byte strings are lower-case hexadecimal. */
export interface BackendVector {
  readonly description: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
  readonly expect: 'accept' | 'SIGNATURE_MISMATCH'
}

/**
 * Signatures of sound form: honest ones, broken ones, and those on which implementations of Ed25519 disagree. Derived
 * from the group law in signature-vectors.test.ts; part of test/vectors/1/signature.json.
 *
 * @see docs/spec/signatures.md, "Vectors"
 */
export const backendVectors: readonly BackendVector[] = [
  {
    description: 'RFC 8032, section 7.1, test 1',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    expect: 'accept',
  },
  {
    description: 'an honest signature',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b234b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'accept',
  },
  {
    description: 'another message',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '616e6f74686572',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b234b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'the key negated',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb4582d',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b234b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'R negated',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076ba34b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'S is L - 1, the largest canonical scalar',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'S is 0',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b230000000000000000000000000000000000000000000000000000000000000000',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'R of mixed order: holds only times the cofactor',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      '186ed2bdbd1a36f6437c5168b0221914018ea4f32a1c3fcd1c1794d64fbd596e535e8c0d26717a579bc4882cc8b04675a63139b60268d0964241d34c29f9650c',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'key of mixed order, k not a multiple of 8: holds only times the cofactor',
    publicKey: 'c668425144eca1e8f9a8e178986f150a310e6f426cbc38a42c17a9e0c0e71982',
    message: '6d657373616765203131',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23c9177f0937a9538b0a150c2e79060b7ff023c3377d9554db430e327d50ed2500',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'key of mixed order, k a multiple of 8 only before it is reduced by L',
    publicKey: 'c668425144eca1e8f9a8e178986f150a310e6f426cbc38a42c17a9e0c0e71982',
    message: '6d657373616765203231',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23803a22b871e59cdf185f9506d3b317daf45a582c2962ca1d8e42a1aafadcd602',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'key of mixed order, k a multiple of 8 only after it is reduced by L',
    publicKey: 'c668425144eca1e8f9a8e178986f150a310e6f426cbc38a42c17a9e0c0e71982',
    message: '6d6573736167652037',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23234b2d10409ced4fc8cb9812de384f97edd06b17b2c6682e961c8218c753ee0b',
    expect: 'accept',
  },
  {
    description: 'key and R of mixed order, small-order parts cancel',
    publicKey: 'c668425144eca1e8f9a8e178986f150a310e6f426cbc38a42c17a9e0c0e71982',
    message: '6d6573736167652035',
    signature:
      'a1d9e6ae04560b458131bfbce0dedd960a74133db8c3ab31325f170e19062dac1afa69ff48d39a3b89b8a798c427ab92bd4fb3d8baf361bd754e3388b6f9a602',
    expect: 'accept',
  },
  {
    description: 'key is no point: y = 2',
    publicKey: '0200000000000000000000000000000000000000000000000000000000000000',
    message: '6d6573736167652030',
    signature:
      'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b234b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'SIGNATURE_MISMATCH',
  },
  {
    description: 'R is no point: y = 2',
    publicKey: '0f7608783489684c04726001595638e5258c2ed0bdb3d18d9e3453ea8bb458ad',
    message: '6d6573736167652030',
    signature:
      '02000000000000000000000000000000000000000000000000000000000000004b68cd7d8fbcdbb7dc3a2c0e569abac8d16bdb5e60c26095d9036fbd2eb62f0f',
    expect: 'SIGNATURE_MISMATCH',
  },
]
