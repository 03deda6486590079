/** Whether a token endpoint's answer holds an ID token, be it good or not; leaves the body unread. */
export async function hasIdToken(response: Response): Promise<boolean> {
  try {
    return (await response.clone().json())?.id_token !== undefined;
  } catch {
    return false;
  }
}
