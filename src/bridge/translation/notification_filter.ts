/** What may be subscribed to (MCP 2026-07-28, subscriptions, notification filter). */
export interface NotificationFilter {
  /** Changes of the list of tools. */
  toolsListChanged?: boolean;
  /** Changes of the list of prompts. */
  promptsListChanged?: boolean;
  /** Changes of the list of resources. */
  resourcesListChanged?: boolean;
  /** Changes of the resources with these URIs. */
  resourceSubscriptions?: readonly string[];
}
