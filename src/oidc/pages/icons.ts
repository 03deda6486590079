import { raw } from "./markup.ts";

const drawing = (content: string) =>
  raw(
    `<svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">${content}</svg>`,
  );

/** The pictures of the pages, drawn in the colour of the text around them. */
export const icons = {
  /** A bridge whose arch is a lock. */
  brand: drawing(
    `<path d="M3 38h42M10 38V23a14 14 0 0 1 28 0v15"/><circle cx="24" cy="23" r="4"/><path d="M24 27v7"/>`,
  ),
  success: drawing(`<path class="draw" pathLength="1" d="M13 25l8 8 15-17"/>`),
  failure: drawing(`<path d="M24 13v13"/><path d="M24 34.5v.01"/>`),
  notice: drawing(`<path d="M24 22.5V35"/><path d="M24 13.5v.01"/>`),
  waiting: drawing(
    `<circle class="track" cx="24" cy="24" r="20"/><path class="turn" d="M24 4a20 20 0 0 1 20 20"/>`,
  ),
} as const;
