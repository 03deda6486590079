/** Cuts text into lines at `\n`; what follows the last one counts as a line when it is not empty. */
export class TextLineStream extends TransformStream<string, string> {
  constructor() {
    let parts: string[] = [];
    super({
      transform(chunk, controller) {
        let start = 0;
        for (let end; (end = chunk.indexOf("\n", start)) !== -1; start = end + 1) {
          parts.push(chunk.slice(start, end));
          controller.enqueue(parts.join(""));
          parts = [];
        }
        if (start < chunk.length) parts.push(chunk.slice(start));
      },
      flush(controller) {
        if (parts.length > 0) controller.enqueue(parts.join(""));
      },
    });
  }
}
