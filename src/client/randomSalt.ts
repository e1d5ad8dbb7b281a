/** 248 random bits: what keeps features, labels and scores from being guessed out of what is public. */
export function randomSalt(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(31))
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
