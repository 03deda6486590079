package interop;

import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.Root;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.context.McpSyncRequestContext;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.stereotype.Component;

/** The tools that send something to the client, or ask it. */
@Component
@ConditionalOnExpression("'${spring.ai.mcp.server.protocol}' != 'STATELESS'")
class SessionTools {

    private final ObjectProvider<McpSyncServer> server;

    private final AtomicInteger slowCalls = new AtomicInteger();

    private final AtomicInteger grown = new AtomicInteger();

    SessionTools(ObjectProvider<McpSyncServer> server) {
        this.server = server;
    }

    record Answer(String answer) {
    }

    @McpTool(description = "Takes its time")
    String slow(McpSyncRequestContext context, double seconds, int steps) throws InterruptedException {
        int execution = slowCalls.incrementAndGet();
        for (int step = 1; step <= steps; step++) {
            Thread.sleep((long) (seconds * 1000 / steps));
            double progress = step;
            context.progress(notification -> notification.progress(progress).total((double) steps));
        }
        return "done " + execution;
    }

    @McpTool(description = "Writes to the client's log")
    String log(McpSyncRequestContext context, String level, String text) {
        context.log(message -> message.level(LoggingLevel.valueOf(level.toUpperCase())).message(text));
        return "logged";
    }

    @McpTool(description = "Asks the client's model")
    String sample(McpSyncRequestContext context, String prompt) {
        return ((TextContent) context.sample(prompt).content()).text();
    }

    @McpTool(description = "Asks the person")
    String elicit(McpSyncRequestContext context, String message) {
        var result = context.elicit(question -> question.message(message), Answer.class);
        Answer content = result.structuredContent();
        return result.action().name().toLowerCase() + (content == null ? "" : " " + content.answer());
    }

    @McpTool(description = "The client's roots")
    String roots(McpSyncRequestContext context) {
        return context.roots().roots().stream().map(Root::uri).collect(Collectors.joining(" "));
    }

    @McpTool(description = "Adds a tool")
    String grow() {
        String name = "grown_" + grown.incrementAndGet();
        server.getObject().addTool(SyncToolSpecification.builder()
            .tool(Tool.builder(name, Map.of("type", "object")).build())
            .callHandler((exchange, call) -> CallToolResult.builder().addTextContent(name).build())
            .build());
        return name;
    }
}
