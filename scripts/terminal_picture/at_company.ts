/** What a recorded screen hides, because it is another one each time, with what a company has there. */
const names: readonly (readonly [recorded: RegExp, shown: string])[] = [
  [/http:\/\/127\.0\.0\.1:#+\/mcp\b/g, "https://mcp-backend.company.com/mcp"],
  [/http:\/\/127\.0\.0\.1:#+(?=\/auth\/callback)/g, "http://localhost:8080"],
  [/(http:\/\/)127\.0\.0\.1:#+(\/sign-in\/)#+/g, "$1localhost:8080$2…"],
  [/http:\/\/127\.0\.0\.1:#+/g, "https://auth.company.com"],
  [/127\.0\.0\.1:#+/g, "auth.company.com"],
  [/\b127-0-0-1\b/g, "mcp-backend-company"],
  [/\bauthful-test\b/g, "your-client-id"],
  [/\/tmp\/authful-home-#+/g, "/home/ada"],
];

/** A line of a recorded screen as it would be at a company, as the other documents call it. */
export function atCompany(line: string): string {
  return names.reduce((line, [recorded, shown]) => line.replaceAll(recorded, shown), line);
}
