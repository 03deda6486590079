import { fromJsonSchema, type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";

/** Nobody looks at the picture, and nobody listens. */
const png = btoa("a picture");
const wav = btoa("a sound");

const text = (text: string) => ({ type: "text" as const, text });
const image = { type: "image" as const, data: png, mimeType: "image/png" };
const audio = { type: "audio" as const, data: wav, mimeType: "audio/wav" };
const embedded = (uri: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType: "text/plain", text: "what is embedded" },
});

/** What the tools with these names answer. */
const answers = {
  test_simple_text: [text("a simple text")],
  test_image_content: [image],
  test_audio_content: [audio],
  test_embedded_resource: [embedded("test://embedded-resource")],
  test_multiple_content_types: [text("several"), image, embedded("test://mixed-content-resource")],
  test_streaming_elicitation: [text("an answer, and no request before it")],
};

/** The keywords of JSON Schema 2020-12 that must not be lost on the way. */
const schemaOf2020 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { city: {} } } },
  properties: {
    address: { $ref: "#/$defs/address" },
    contactMethod: { enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

const schemaWithHeader = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
};

/** Registers the tools that answer at once. */
export function registerTools(server: McpServer): void {
  for (const [name, content] of Object.entries(answers)) {
    server.registerTool(name, { description: name }, () => ({ content }));
  }
  server.registerTool("test_error_handling", { description: "fails" }, () => {
    throw new Error("it fails, as it is meant to");
  });
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "has a rich schema", inputSchema: fromJsonSchema(schemaOf2020) },
    () => ({ content: [text("valid")] }),
  );
  server.registerTool(
    "test_x_mcp_header",
    {
      description: "has an argument that is repeated in a header field",
      inputSchema: fromJsonSchema<{ region?: string }>(schemaWithHeader),
    },
    ({ region }) => ({ content: [text(`${region}`)] }),
  );
}

/** Registers resources, a template, and what the suite reads of them. */
export function registerResources(server: McpServer): void {
  const plain = (name: string) => {
    const uri = `test://${name}`;
    const mimeType = "text/plain";
    server.registerResource(
      name,
      uri,
      { description: name, mimeType },
      () => ({ contents: [{ uri, mimeType, text: `the text of ${name}` }] }),
    );
  };
  plain("static-text");
  plain("watched-resource");
  server.registerResource(
    "static-binary",
    "test://static-binary",
    { description: "a picture", mimeType: "image/png" },
    ({ href }) => ({ contents: [{ uri: href, mimeType: "image/png", blob: png }] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "one for each id", mimeType: "application/json" },
    ({ href }, { id }) => ({
      contents: [{ uri: href, mimeType: "application/json", text: JSON.stringify({ id }) }],
    }),
  );
}

/** Registers the prompts that are there at once. */
export function registerPrompts(server: McpServer): void {
  const user = <Content>(content: Content) => ({ role: "user" as const, content });
  server.registerPrompt("test_simple_prompt", { description: "is plain" }, () => ({
    messages: [user(text("a simple prompt"))],
  }));
  server.registerPrompt("test_prompt_with_image", { description: "has a picture" }, () => ({
    messages: [user(image), user(text("What is it?"))],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "repeats its arguments",
      argsSchema: z.object({ arg1: z.string(), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => ({ messages: [user(text(`${arg1} and ${arg2}`))] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "embeds a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({ messages: [user(embedded(resourceUri)), user(text("Read it."))] }),
  );
}
