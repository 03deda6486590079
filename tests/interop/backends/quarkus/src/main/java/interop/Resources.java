package interop;

import io.quarkiverse.mcp.server.RequestUri;
import io.quarkiverse.mcp.server.Resource;
import io.quarkiverse.mcp.server.ResourceTemplate;
import io.quarkiverse.mcp.server.TextResourceContents;
import jakarta.inject.Singleton;

@Singleton
public class Resources {

    @Resource(uri = "test://static", name = "static", mimeType = "text/plain")
    TextResourceContents fixed(RequestUri uri) {
        return TextResourceContents.create(uri.value(), "static text");
    }

    @Resource(uri = "test://watched", name = "watched", mimeType = "text/plain")
    TextResourceContents watched(RequestUri uri) {
        return TextResourceContents.create(uri.value(), "watched text");
    }

    @ResourceTemplate(uriTemplate = "test://items/{id}", name = "item", mimeType = "text/plain")
    TextResourceContents item(String id, RequestUri uri) {
        return TextResourceContents.create(uri.value(), "item " + id);
    }
}
