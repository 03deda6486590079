package interop;

import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.stereotype.Component;

/** What a stateless server can do of {@link SessionTools}: take its time, without a word. */
@Component
@ConditionalOnExpression("'${spring.ai.mcp.server.protocol}' == 'STATELESS'")
class StatelessTools {

    private final AtomicInteger slowCalls = new AtomicInteger();

    @McpTool(description = "Takes its time")
    String slow(double seconds, int steps) throws InterruptedException {
        int execution = slowCalls.incrementAndGet();
        Thread.sleep((long) (seconds * 1000));
        return "done " + execution;
    }
}
