/**
 * What a provider said of itself or gave us, kept between starts next to the credentials and
 * protected like them: its metadata, a dynamic registration.
 */
export interface ProviderNotes {
  /** The note of this name; `undefined` when there is none, or it is too old. */
  read(name: string): Promise<unknown>;
  /** Keeps a JSON value for so many milliseconds, for ever by default. */
  write(name: string, value: unknown, lifetime?: number): Promise<void>;
  /** Forgets the note. */
  remove(name: string): Promise<void>;
}
