/**
 * The page with other text between `<!-- mark -->` and `<!-- end of mark -->`.
 *
 * @throws {Error} when the page has not each of the two once, in this order.
 */
export function between(page: string, mark: string, text: string): string {
  const parts = page.split(new RegExp(`^<!-- (?:end of )?${mark} -->$`, "m"));
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`];
  if (parts.length !== 3 || page.indexOf(end) < page.indexOf(begin)) {
    throw new Error(`The page does not have ${begin} and ${end} once each, in this order.`);
  }
  return `${parts[0]}${begin}\n\n${text}\n${end}${parts[2]}`;
}
