/** Takes `words` 32-bit words into a running 64-bit hash at `state` (FNV-1a by words): tells data apart, no more. */
export function fingerprint(p: usize, words: i32, state: usize): void {
  let h = load<u64>(state)
  for (let i = 0; i < words; i++) {
    h = (h ^ <u64>load<u32>(p)) * 0x100000001b3
    p += 4
  }
  store<u64>(state, h)
}
