package interop;

import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.stereotype.Component;

@Component
class Resources {

    @McpResource(uri = "test://static", name = "static")
    String fixed() {
        return "static text";
    }

    @McpResource(uri = "test://watched", name = "watched")
    String watched() {
        return "watched text";
    }

    @McpResource(uri = "test://items/{id}", name = "item")
    String item(String id) {
        return "item " + id;
    }
}
