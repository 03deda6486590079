package interop;

import io.quarkiverse.mcp.server.CompleteArg;
import io.quarkiverse.mcp.server.CompletePrompt;
import io.quarkiverse.mcp.server.Prompt;
import io.quarkiverse.mcp.server.PromptArg;
import io.quarkiverse.mcp.server.PromptMessage;
import io.quarkiverse.mcp.server.TextContent;
import jakarta.inject.Singleton;
import java.util.List;

@Singleton
public class Prompts {

    private static final List<String> NAMES = List.of("Ada", "Alan", "Grace");

    @Prompt(description = "Greets a person")
    PromptMessage greet(@PromptArg(description = "Who") String name) {
        return PromptMessage.withUserRole(new TextContent("Hello " + name));
    }

    @CompletePrompt("greet")
    List<String> completeName(@CompleteArg(name = "name") String start) {
        return NAMES.stream().filter(name -> name.startsWith(start)).toList();
    }
}
