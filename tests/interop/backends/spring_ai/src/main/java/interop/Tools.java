package interop;

import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.stereotype.Component;

/** The tools that need nothing but their arguments. */
@Component
class Tools {

    /** One red pixel. */
    private static final String PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1Pe"
        + "AAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    private final Map<String, Integer> counters = new ConcurrentHashMap<>();

    record Sum(double sum) {
    }

    @McpTool(description = "Says it again")
    String echo(String text) {
        return text;
    }

    @McpTool(description = "Adds two numbers", generateOutputSchema = true)
    Sum add(double a, double b) {
        return new Sum(a + b);
    }

    @McpTool(description = "A small picture")
    CallToolResult image() {
        return CallToolResult.builder().content(List.of(ImageContent.builder(PNG, "image/png").build())).build();
    }

    @McpTool(description = "Fails as a tool does")
    String fail(String message) {
        throw new IllegalStateException(message);
    }

    @McpTool(name = "throw", description = "Fails as the protocol does")
    String throwError(String message) {
        throw McpError.builder(McpSchema.ErrorCodes.INTERNAL_ERROR).message(message).build();
    }

    @McpTool(description = "A long text")
    String big(int bytes) {
        return "x".repeat(bytes);
    }

    @McpTool(description = "The number of characters")
    String length(String text) {
        return String.valueOf(text.codePointCount(0, text.length()));
    }

    @McpTool(description = "Counts")
    String count(String key, int add) {
        return String.valueOf(counters.merge(key, add, Integer::sum));
    }
}
