const pieceBytes = 64 * 1024

/**
 * The bytes of a stream in one buffer that is filled again and again: a piece is good until the next one is asked for.
 * Reading into memory of the runtime's choice leaves as much garbage behind as there are bytes, 4 KiB at a time.
 */
export async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader({ mode: 'byob' })
  let view = new Uint8Array(pieceBytes)
  let isOver = false
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(pieceBytes, view)
      isOver = done
      if (done) return
      yield value
      // Reading took the buffer away; it came back below what was read.
      view = new Uint8Array(value.buffer)
    }
  } finally {
    if (!isOver) await reader.cancel().catch(() => undefined)
  }
}
