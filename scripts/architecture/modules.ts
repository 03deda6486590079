/** What a module of `src` is for, and which others it may know. */
export interface Module {
  /** In a few words, for the picture in docs/architecture.md. */
  purpose: string;
  /** The modules that its files may import from. */
  imports: readonly string[];
  /** Why it must not know the others. */
  because: string;
}

/** The modules of `src`, the lowest first: an arrow only ever points up in this list. */
export const modules: Readonly<Record<string, Module>> = {
  base: {
    purpose: "errors, log, redactor, timer",
    imports: [],
    because: "everything stands on it",
  },
  net: {
    purpose: "HTTP client, proxies, certificates",
    imports: ["base"],
    because: "how bytes travel has nothing to do with what they say",
  },
  platform: {
    purpose: "browser, paths, permissions, signals",
    imports: ["base", "net"],
    because: "what the operating system offers does not depend on what we do with it",
  },
  bridge: {
    purpose: "messages: stdio on one side, HTTP on the other",
    imports: ["base", "net"],
    because: "it asks its Authorizer for header fields, and knows neither providers nor stores, " +
      "so that it can be tested without them",
  },
  oidc: {
    purpose: "everything that is said to the provider",
    imports: ["base", "net"],
    because: "it gets a credential and gives one, and knows neither MCP nor where it is kept",
  },
  credentials: {
    purpose: "what we hold, where it is kept, who may renew it",
    imports: ["base"],
    because: "it asks its ProviderFlows to sign in and to renew, and does not know how they do it",
  },
  memory: {
    purpose: "what a backend last said, kept for the account it was said to",
    imports: ["base", "bridge", "credentials"],
    because: "it is the bridge's BackendMemory on the credentials' files, and knows no settings; " +
      "neither of the two knows it",
  },
  settings: {
    purpose: "the table of options, and where their values come from",
    imports: ["base", "platform", "bridge", "oidc", "credentials"],
    because:
      "it takes the words that a setting may have from the modules that know what they mean, " +
      "and none of them knows a flag or a variable",
  },
  app: {
    purpose: "joins the modules below",
    imports: ["base", "net", "platform", "bridge", "oidc", "credentials", "memory", "settings"],
    because: "a person may use the program by any command: what they share lies below all of them",
  },
  cli: {
    purpose: "commands, help, questions, what is printed",
    imports: [
      "base",
      "net",
      "platform",
      "bridge",
      "oidc",
      "credentials",
      "settings",
      "app",
    ],
    because: "it is the outermost one",
  },
};
