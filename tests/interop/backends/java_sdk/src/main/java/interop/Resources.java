package interop;

import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceTemplate;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.List;

final class Resources {

    static List<SyncResourceSpecification> fixed() {
        return List.of(
            fixed("test://static", "static", "static text"),
            fixed("test://watched", "watched", "watched text"));
    }

    static List<SyncResourceTemplateSpecification> templates() {
        return List.of(new SyncResourceTemplateSpecification(
            ResourceTemplate.builder("test://items/{id}", "item").mimeType("text/plain").build(),
            (exchange, request) -> {
                String id = request.uri().substring("test://items/".length());
                return text(request.uri(), "item " + id);
            }));
    }

    private static SyncResourceSpecification fixed(String uri, String name, String text) {
        return new SyncResourceSpecification(
            Resource.builder(uri, name).mimeType("text/plain").build(),
            (exchange, request) -> text(uri, text));
    }

    private static ReadResourceResult text(String uri, String text) {
        return ReadResourceResult.builder(List.of(
            TextResourceContents.builder(uri, text).mimeType("text/plain").build())).build();
    }

    private Resources() {
    }
}
