/**
 * A request body that `fetch` can send only once.
 *
 * Given bytes, `fetch` sends them again by itself when the backend closes a connection that was used
 * before, although the message may have been carried out. It cannot repeat what it reads from a
 * stream, and of the streams only a Blob's is sent with a `Content-Length`. This is a Blob in name:
 * a real one keeps its bytes in a store of Deno's, which costs a call more than all that this program
 * does with it.
 */
export class SingleUseBody extends Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** A body of these bytes, at least one, which must not change before they are sent. */
  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
  }

  /** Its length in bytes. */
  override get size(): number {
    return this.#bytes.length;
  }

  /** The bytes, in one piece. */
  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const bytes = this.#bytes;
    return new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
  }
}
