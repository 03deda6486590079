package interop;

import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.util.List;
import org.springframework.ai.mcp.annotation.McpArg;
import org.springframework.ai.mcp.annotation.McpComplete;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.stereotype.Component;

@Component
class Prompts {

    private static final List<String> NAMES = List.of("Ada", "Alan", "Grace");

    @McpPrompt(name = "greet", description = "Greets a person")
    GetPromptResult greet(@McpArg(name = "name", required = true) String name) {
        var text = TextContent.builder("Hello " + name).build();
        return GetPromptResult.builder(List.of(new PromptMessage(Role.USER, text))).build();
    }

    @McpComplete(prompt = "greet")
    List<String> completeName(String prefix) {
        return NAMES.stream().filter(name -> name.startsWith(prefix)).toList();
    }
}
