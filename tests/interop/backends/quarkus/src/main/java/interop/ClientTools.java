package interop;

import io.quarkiverse.mcp.server.Elicitation;
import io.quarkiverse.mcp.server.ElicitationRequest.StringSchema;
import io.quarkiverse.mcp.server.Notification;
import io.quarkiverse.mcp.server.Notification.Type;
import io.quarkiverse.mcp.server.Root;
import io.quarkiverse.mcp.server.Roots;
import io.quarkiverse.mcp.server.Sampling;
import io.quarkiverse.mcp.server.SamplingMessage;
import io.quarkiverse.mcp.server.Tool;
import io.quarkus.logging.Log;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/** The tools that ask the client. */
@Singleton
public class ClientTools {

    @Tool(description = "Asks the client's model")
    String sample(String prompt, Sampling sampling) {
        return sampling.requestBuilder()
            .setMaxTokens(100)
            .addMessage(SamplingMessage.withUserRole(prompt))
            .build()
            .sendAndAwait()
            .content().asText().text();
    }

    @Tool(description = "Asks the person")
    String elicit(String message, Elicitation elicitation) {
        var response = elicitation.requestBuilder()
            .setMessage(message)
            .addSchemaProperty("answer", new StringSchema(true))
            .build()
            .sendAndAwait();
        String action = response.action().name().toLowerCase();
        return response.actionAccepted() ? action + " " + response.content().getString("answer") : action;
    }

    @Tool(description = "The client's roots")
    String roots(Roots roots) {
        return roots.listAndAwait().stream().map(Root::uri).collect(Collectors.joining(" "));
    }

    @Notification(Type.ROOTS_LIST_CHANGED)
    void rootsChanged(Roots roots) {
        Log.infof("Roots: %s", roots.listAndAwait());
    }
}
