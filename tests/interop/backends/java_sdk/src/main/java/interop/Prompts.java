package interop;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptArgument;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.PromptReference;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.util.List;

final class Prompts {

    private static final List<String> NAMES = List.of("Ada", "Alan", "Grace");

    static SyncPromptSpecification greet() {
        return new SyncPromptSpecification(
            Prompt.builder("greet")
                .description("Greets a person")
                .arguments(List.of(PromptArgument.builder("name").required(true).build()))
                .build(),
            (exchange, request) -> {
                var text = TextContent.builder("Hello " + request.arguments().get("name")).build();
                return GetPromptResult.builder(List.of(PromptMessage.builder(Role.USER, text).build())).build();
            });
    }

    static SyncCompletionSpecification names() {
        return new SyncCompletionSpecification(
            new PromptReference("greet"),
            (exchange, request) -> {
                var names = NAMES.stream().filter(name -> name.startsWith(request.argument().value())).toList();
                return new CompleteResult(new CompleteResult.CompleteCompletion(names, names.size(), false));
            });
    }

    private Prompts() {
    }
}
