/** A check that the security of somebody's credentials rests on, and the proof that it is tested. */
export interface SecurityCheck {
  /** What the program promises, for docs/security.md. */
  check: string;
  /** The file that holds it, from the root. */
  file: string;
  /** The text of the check; it stands there once. */
  find: string;
  /** What stands there when the check is broken. */
  replace: string;
  /** The test file that notices it, and the name of the test. */
  test: readonly [file: string, name: string];
}

export const securityChecks: readonly SecurityCheck[] = [];
