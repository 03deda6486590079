import { raw } from "./markup.ts";

const drawing = (content: string) =>
  raw(
    `<svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">${content}</svg>`,
  );

/** The pictures of the pages, drawn in the colour of the text around them. */
export const icons = {
  /** Two sides and the bridge between them. */
  brand: drawing(
    `<circle cx="9" cy="30" r="6"/><circle cx="39" cy="30" r="6"/><path d="M12 24.8C15 17 20 13 24 13s9 4 12 11.8"/><path d="M24 13v8"/>`,
  ),
  success: drawing(`<path class="draw" pathLength="1" d="M13 25l8 8 15-17"/>`),
  failure: drawing(`<path d="M24 13v13"/><path d="M24 34.5v.01"/>`),
  notice: drawing(`<path d="M24 22.5V35"/><path d="M24 13.5v.01"/>`),
  waiting: drawing(
    `<circle class="track" cx="24" cy="24" r="20"/><path class="turn" d="M24 4a20 20 0 0 1 20 20"/>`,
  ),
} as const;
