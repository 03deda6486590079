package interop;

import io.quarkiverse.mcp.server.Cancellation;
import io.quarkiverse.mcp.server.ImageContent;
import io.quarkiverse.mcp.server.JsonRpcErrorCodes;
import io.quarkiverse.mcp.server.McpException;
import io.quarkiverse.mcp.server.McpLog;
import io.quarkiverse.mcp.server.McpLog.LogLevel;
import io.quarkiverse.mcp.server.Progress;
import io.quarkiverse.mcp.server.ResourceManager;
import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolCallException;
import io.quarkiverse.mcp.server.ToolManager;
import io.quarkiverse.mcp.server.ToolResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

@Singleton
public class Tools {

    /** One red pixel. */
    private static final String PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1Pe"
        + "AAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    @Inject
    ToolManager tools;

    @Inject
    ResourceManager resources;

    private final AtomicInteger slowCalls = new AtomicInteger();

    private final AtomicInteger grown = new AtomicInteger();

    private final Map<String, Integer> counters = new ConcurrentHashMap<>();

    public record Sum(double sum) {
    }

    @Tool(description = "Says it again")
    String echo(String text) {
        return text;
    }

    @Tool(description = "Adds two numbers", structuredContent = true)
    Sum add(double a, double b) {
        return new Sum(a + b);
    }

    @Tool(description = "A small picture")
    ImageContent image() {
        return new ImageContent(PNG, "image/png");
    }

    @Tool(description = "Fails as a tool does")
    String fail(String message) {
        throw new ToolCallException(message);
    }

    @Tool(name = "throw", description = "Fails as the protocol does")
    String throwError(String message) {
        throw new McpException(message, JsonRpcErrorCodes.INTERNAL_ERROR);
    }

    @Tool(description = "Takes its time")
    String slow(double seconds, int steps, Progress progress, Cancellation cancellation) throws InterruptedException {
        int execution = slowCalls.incrementAndGet();
        for (int step = 1; step <= steps; step++) {
            Thread.sleep((long) (seconds * 1000 / steps));
            cancellation.skipProcessingIfCancelled();
            if (progress.token().isPresent()) {
                progress.notificationBuilder().setProgress(step).setTotal(steps).build().sendAndForget();
            }
        }
        return "done " + execution;
    }

    @Tool(description = "Writes to the client's log")
    String log(String level, String text, McpLog log) {
        log.send(LogLevel.valueOf(level.toUpperCase()), text);
        return "logged";
    }

    @Tool(description = "A long text")
    String big(int bytes) {
        return "x".repeat(bytes);
    }

    @Tool(description = "The number of characters")
    String length(String text) {
        return String.valueOf(text.codePointCount(0, text.length()));
    }

    @Tool(description = "Counts")
    String count(String key, int add) {
        return String.valueOf(counters.merge(key, add, Integer::sum));
    }

    @Tool(description = "Adds a tool")
    String grow() {
        String name = "grown_" + grown.incrementAndGet();
        tools.newTool(name)
            .setDescription("Says its name")
            .setHandler(call -> ToolResponse.success(name))
            .register();
        return name;
    }

    @Tool(description = "Changes the watched resource")
    String touch() {
        resources.getResource("test://watched").sendUpdateAndForget();
        return "touched";
    }
}
