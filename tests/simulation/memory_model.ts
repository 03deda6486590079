import type {
  AnswerKey,
  BackendMemory,
  EraVerdict,
  RememberedAnswer,
  RememberedVerdict,
} from "../../src/bridge/start/backend_memory.ts";
import type { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

/** What is remembered of the backend, shared by the processes of a machine. */
export class MemoryModel {
  readonly #world: World;
  readonly #answers = new Map<string, RememberedAnswer>();
  #verdict: RememberedVerdict | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** The memory as one process sees it. */
  of(process: SimulatedProcess): BackendMemory {
    const read = async <T>(look: () => T): Promise<T> => {
      await process.pause(this.#world.between(0, 5));
      return look();
    };
    return {
      isEmpty: () => read(() => this.#answers.size === 0),
      recall: (key) => read(() => this.#answers.get(nameOf(key))),
      recallVerdict: () => read(() => this.#verdict),
      noteVerdict: (verdict: EraVerdict) => {
        this.#verdict = { ...verdict, at: process.now() };
      },
      note: (key, result) => {
        const answer = { result: result.slice(), at: process.now() };
        process.schedule(this.#world.between(0, 500), () => {
          this.#answers.set(nameOf(key), answer);
        });
      },
      flush: () => read(() => {}),
    };
  }
}

function nameOf({ era, method, cursor }: AnswerKey): string {
  return JSON.stringify([era, method, cursor]);
}
