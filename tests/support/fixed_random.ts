/** Has every random number be this one until it is disposed of: pauses without chance. */
export function fixedRandom(value: number): Disposable {
  const { random } = Math;
  Math.random = () => value;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}
