package interop;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.Root;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration
class Roots {

    @Bean
    BiConsumer<McpSyncServerExchange, List<Root>> rootsChangeHandler() {
        return (exchange, roots) -> LoggerFactory.getLogger(Roots.class).info("Roots: {}", roots);
    }
}
