/** Little-endian bytes that grow as they are written; every method returns the object itself. */
export class HeadBytes {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  uint8(value: number): this {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
    return this
  }

  uint32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
    return this
  }

  int32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setInt32(at, value, true)
    return this
  }

  float32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setFloat32(at, value, true)
    return this
  }

  uint64(value: number): this {
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, BigInt(value), true)
    return this
  }

  /** The length in bytes as 64 bits, then UTF-8. */
  string(value: string): this {
    const text = new TextEncoder().encode(value)
    this.uint64(text.byteLength)
    const at = this.#reserve(text.byteLength)
    this.#bytes.set(text, at)
    return this
  }

  /** What was written, followed by zeros up to a multiple of `alignment`. */
  finish(alignment: number): Uint8Array {
    this.#reserve((alignment - (this.#length % alignment)) % alignment)
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(bytes: number): number {
    const at = this.#length
    this.#length += bytes
    if (this.#length > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(this.#bytes.byteLength * 2, this.#length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
