package interop;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletSseServerTransportProvider;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import jakarta.servlet.http.HttpServlet;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** The SDK's servlet in an embedded Tomcat, behind a filter that validates access tokens. */
public final class Main {

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));

        HttpServlet servlet = "sse".equals(System.getenv("VARIANT")) ? sse() : streamable();

        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("address", "127.0.0.1");

        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "mcp", servlet).setAsyncSupported(true);
        context.addServletMappingDecoded("/*", "mcp");

        FilterDef filter = new FilterDef();
        filter.setFilterName("token");
        filter.setFilter(new AccessTokenFilter(
            System.getenv("ISSUER"), System.getenv("JWKS_URI"), System.getenv("AUDIENCE")));
        filter.setAsyncSupported("true");
        context.addFilterDef(filter);
        FilterMap everything = new FilterMap();
        everything.setFilterName("token");
        everything.addURLPattern("/*");
        context.addFilterMap(everything);

        tomcat.start();
        System.out.println("ready");
        tomcat.getServer().await();
    }

    private static HttpServlet streamable() {
        var transport = HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
        offerCatalogue(McpServer.sync(transport));
        return transport;
    }

    private static HttpServlet sse() {
        var transport = HttpServletSseServerTransportProvider.builder().messageEndpoint("/mcp/message").build();
        offerCatalogue(McpServer.sync(transport));
        return transport;
    }

    private static void offerCatalogue(McpServer.SyncSpecification<?> specification) {
        McpSyncServer server = specification
            .serverInfo("java-sdk", "1.0.0")
            .capabilities(ServerCapabilities.builder()
                .tools(true)
                .resources(true, true)
                .prompts(true)
                .completions()
                .logging()
                .build())
            .resources(Resources.fixed())
            .resourceTemplates(Resources.templates())
            .prompts(Prompts.greet())
            .completions(Prompts.names())
            .rootsChangeHandler((exchange, roots) -> System.out.println("roots: " + roots))
            .build();
        new Tools(server).register();
    }
}
