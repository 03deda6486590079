package interop;

import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.ResourcesUpdatedNotification;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.Root;
import io.modelcontextprotocol.spec.McpSchema.SamplingMessage;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

final class Tools {

    /** One red pixel. */
    private static final String PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1Pe"
        + "AAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    private final McpSyncServer server;

    private final AtomicInteger slowCalls = new AtomicInteger();

    private final AtomicInteger grown = new AtomicInteger();

    private final Map<String, Integer> counters = new ConcurrentHashMap<>();

    Tools(McpSyncServer server) {
        this.server = server;
    }

    void register() {
        tool("echo", Map.of("text", "string"), (exchange, call) -> text(string(call, "text")));
        server.addTool(add());
        tool("image", Map.of(), (exchange, call) -> CallToolResult.builder()
            .content(List.of(ImageContent.builder(PNG, "image/png").build()))
            .build());
        tool("fail", Map.of("message", "string"), (exchange, call) -> CallToolResult.builder()
            .addTextContent(string(call, "message"))
            .isError(true)
            .build());
        tool("throw", Map.of("message", "string"), (exchange, call) -> {
            throw McpError.builder(McpSchema.ErrorCodes.INTERNAL_ERROR).message(string(call, "message")).build();
        });
        tool("slow", Map.of("seconds", "number", "steps", "integer"), this::slow);
        tool("log", Map.of("level", "string", "text", "string"), this::log);
        tool("sample", Map.of("prompt", "string"), this::sample);
        tool("elicit", Map.of("message", "string"), this::elicit);
        tool("roots", Map.of(), (exchange, call) -> text(
            exchange.listRoots().roots().stream().map(Root::uri).collect(Collectors.joining(" "))));
        tool("big", Map.of("bytes", "integer"), (exchange, call) -> text("x".repeat(number(call, "bytes").intValue())));
        tool("length", Map.of("text", "string"), (exchange, call) -> {
            String text = string(call, "text");
            return text(String.valueOf(text.codePointCount(0, text.length())));
        });
        tool("count", Map.of("key", "string", "add", "integer"), (exchange, call) -> text(String.valueOf(
            counters.merge(string(call, "key"), number(call, "add").intValue(), Integer::sum))));
        tool("grow", Map.of(), (exchange, call) -> {
            String name = "grown_" + grown.incrementAndGet();
            tool(name, Map.of(), (otherExchange, otherCall) -> text(name));
            return text(name);
        });
        tool("touch", Map.of(), (exchange, call) -> {
            server.notifyResourcesUpdated(new ResourcesUpdatedNotification("test://watched"));
            return text("touched");
        });
    }

    private SyncToolSpecification add() {
        Tool tool = Tool.builder("add", schema(Map.of("a", "number", "b", "number")))
            .outputSchema(schema(Map.of("sum", "number")))
            .build();
        return SyncToolSpecification.builder()
            .tool(tool)
            .callHandler((exchange, call) -> {
                double sum = number(call, "a").doubleValue() + number(call, "b").doubleValue();
                return CallToolResult.builder()
                    .structuredContent(Map.of("sum", sum))
                    .addTextContent(String.valueOf(sum))
                    .build();
            })
            .build();
    }

    private CallToolResult slow(McpSyncServerExchange exchange, CallToolRequest call) {
        int execution = slowCalls.incrementAndGet();
        int steps = number(call, "steps").intValue();
        long pause = (long) (number(call, "seconds").doubleValue() * 1000 / steps);
        Object progressToken = call.progressToken();
        for (int step = 1; step <= steps; step++) {
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            if (progressToken != null) {
                exchange.progressNotification(
                    ProgressNotification.builder(progressToken, step).total((double) steps).build());
            }
        }
        return text("done " + execution);
    }

    private CallToolResult log(McpSyncServerExchange exchange, CallToolRequest call) {
        LoggingLevel level = LoggingLevel.valueOf(string(call, "level").toUpperCase());
        exchange.loggingNotification(LoggingMessageNotification.builder(level, string(call, "text")).build());
        return text("logged");
    }

    private CallToolResult sample(McpSyncServerExchange exchange, CallToolRequest call) {
        var message = new SamplingMessage(Role.USER, TextContent.builder(string(call, "prompt")).build());
        var answer = exchange.createMessage(CreateMessageRequest.builder(List.of(message), 100).build());
        return text(((TextContent) answer.content()).text());
    }

    private CallToolResult elicit(McpSyncServerExchange exchange, CallToolRequest call) {
        var answer = exchange.createElicitation(
            ElicitFormRequest.builder(string(call, "message"), schema(Map.of("answer", "string"))).build());
        Object content = answer.content() == null ? null : answer.content().get("answer");
        return text(answer.action().name().toLowerCase() + (content == null ? "" : " " + content));
    }

    private void tool(String name, Map<String, String> arguments,
            BiFunction<McpSyncServerExchange, CallToolRequest, CallToolResult> handler) {
        server.addTool(SyncToolSpecification.builder()
            .tool(Tool.builder(name, schema(arguments)).build())
            .callHandler(handler)
            .build());
    }

    private static Map<String, Object> schema(Map<String, String> types) {
        return Map.of(
            "type", "object",
            "properties", types.entrySet().stream().collect(
                Collectors.toMap(Map.Entry::getKey, entry -> Map.of("type", entry.getValue()))),
            "required", List.copyOf(types.keySet()));
    }

    private static CallToolResult text(String text) {
        return CallToolResult.builder().addTextContent(text).build();
    }

    private static String string(CallToolRequest call, String argument) {
        return (String) call.arguments().get(argument);
    }

    private static Number number(CallToolRequest call, String argument) {
        return (Number) call.arguments().get(argument);
    }
}
